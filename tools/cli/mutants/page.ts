import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CannotRun } from '../command.js';

const page = 'docs/mutants.md';

/**
 * Replaces a part of docs/mutants.md, between comments that name it. The rest of the page is written by hand.
 *
 * @throws {CannotRun} when the page has no such part.
 */
export async function writePart(root: string, part: 'edits' | 'generated', text: string): Promise<void> {
  const file = join(root, page);
  const before = await readFile(file, 'utf8');
  const found = new RegExp(`(<!-- ${part}: [^]*?-->\n)[^]*?(\n<!-- end of ${part} -->)`);
  if (!found.test(before)) throw new CannotRun(`${page} has no part <!-- ${part}: ... -->`);
  await writeFile(
    file,
    before.replace(found, (_all, begin: string, end: string) => `${begin}\n${text.trim()}\n${end}`),
  );
}
