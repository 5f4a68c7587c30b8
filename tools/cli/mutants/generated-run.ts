import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { GeneratedEdit } from './generate.js';
import { generatedFrom } from './generate.js';
import type { Judgement } from './judge.js';
import { sampled } from './sample.js';
import { wrapped } from './table.js';

/** What the lives say of an edit that a program made. Its truth is what the code does on them, before and after. */
export interface JudgedGenerated {
  name: string;
  /** The function, or the constant, in which it is. */
  within: string;
  what: string;
  verdict: Judgement['verdict'] | 'hangs';
  says?: string;
  /** Some life gets to the place of the edit. */
  isReached: boolean;
}

/** Edits of all workflow code, chosen by the seed. */
export async function generatedEdits(root: string, count: number, seed: number): Promise<GeneratedEdit[]> {
  const files = (await readdir(join(root, 'workflows'), { recursive: true })).filter((file) => file.endsWith('.ts'));
  const all = await Promise.all(
    files.sort().map(async (file) => {
      const path = `workflows/${file.replaceAll('\\', '/')}`;
      return generatedFrom(path, await readFile(join(root, path), 'utf8'));
    }),
  );
  return sampled(all.flat(), count, seed);
}

/** One line for each edit that changes nothing that a life shows, and totals. */
export function renderGenerated(all: readonly JudgedGenerated[]): string {
  const { seen, unreached, equal } = sorted(all);
  const list = (edits: readonly JudgedGenerated[]) =>
    edits.map(({ name, within, what }) => `  ${name} in ${within}: ${what}\n`).join('');
  return (
    `no life gets there:\n${list(unreached)}\n` +
    `lives get there, and nothing differs (the edit means the same, or a variant of a life is missing):\n${list(equal)}\n` +
    `${all.length} generated edits: ${seen.length} seen, ${unreached.length} where no life gets, ` +
    `${equal.length} without a difference\n`
  );
}

/** The part of docs/mutants.md about these edits. */
export function renderGeneratedPage(all: readonly JudgedGenerated[]): string {
  const { seen, unreached, equal } = sorted(all);
  const list = (edits: readonly JudgedGenerated[]): string => {
    const byPlace = new Map<string, string[]>();
    for (const { name, within, what } of edits) {
      const place = `${name.replace(/:.*/, '')}, \`${within}\``;
      byPlace.set(place, [...(byPlace.get(place) ?? []), `\`${what.replaceAll('`', "'")}\``]);
    }
    return [...byPlace].map(([place, of]) => wrapped(`- ${place}: ${of.join('; ')}`)).join('\n');
  };
  return [
    `${all.length} edits: ${seen.length} are seen, ${unreached.length} are where no life gets, and ${equal.length} make no difference.`,
    ...(unreached.length === 0 ? [] : ['No life gets here:', list(unreached)]),
    ...(equal.length === 0 ? [] : ['Lives get here, and nothing differs:', list(equal)]),
  ].join('\n\n');
}

function sorted(all: readonly JudgedGenerated[]): Record<'seen' | 'unreached' | 'equal', JudgedGenerated[]> {
  const isSeen = ({ verdict }: JudgedGenerated): boolean => verdict !== 'same';
  return {
    seen: all.filter(isSeen),
    unreached: all.filter((each) => !isSeen(each) && !each.isReached),
    equal: all.filter((each) => !isSeen(each) && each.isReached),
  };
}
