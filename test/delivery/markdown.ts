import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The pages that people read, as paths from the root. */
export const pages: readonly string[] = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'test/fixtures/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name))
    .sort(),
];

export const read = (page: string): string => readFileSync(join(root, page), 'utf8');

export interface Block {
  page: string;
  /** The line number of its first line of code, from 1. */
  line: number;
  language: string;
  /** The text after the language, such as the file that the code is from. */
  label: string;
  code: string;
}

/** The fenced blocks of a page. */
export function blocksOf(page: string): Block[] {
  const text = read(page);
  return [...text.matchAll(/^```(\w*) *(.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    page,
    line: text.slice(0, match.index).split('\n').length + 1,
    language: match[1]!,
    label: match[2]!.trim(),
    code: match[3]!,
  }));
}

/** Links to files and headings of this repository that do not exist, as `page: link`. */
export function brokenLinks(page: string): string[] {
  const text = read(page).replace(/^```[\s\S]*?^```$/gm, '');
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
  return links.filter((link) => !/^[a-z]+:/.test(link) && !targetExists(page, link)).map((link) => `${page}: ${link}`);
}

function targetExists(page: string, link: string): boolean {
  const [path = '', heading] = link.split('#');
  const target = path === '' ? join(root, page) : resolve(root, dirname(page), path);
  if (relative(root, target).startsWith('..') || !existsSync(target)) return false;
  return heading === undefined || headings(relative(root, target)).has(heading);
}

/** The anchors that GitHub makes for headings. */
function headings(page: string): Set<string> {
  const lines = read(page)
    .replace(/^```[\s\S]*?^```$/gm, '')
    .match(/^#+ .+$/gm);
  return new Set(
    (lines ?? []).map((line) =>
      line
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
