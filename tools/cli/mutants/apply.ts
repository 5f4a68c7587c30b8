import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CannotRun } from '../command.js';
import type { Edit } from './edit.js';
import type { Range } from './reach.js';

/** An edit, applied to the texts of a checkout. */
export interface Applied {
  /** The texts of its files after it, by their paths. */
  files: Map<string, string>;
  /** The places that it changes, in the texts before it. */
  places: Range[];
}

/**
 * Applies an edit to the texts of a checkout. The checkout stays as it is.
 *
 * @throws {CannotRun} when a place of the edit is not in its file exactly once: the code has changed since the edit was written.
 */
export async function applied({ name, changes }: Pick<Edit, 'name' | 'changes'>, root: string): Promise<Applied> {
  const files = new Map<string, string>();
  const places: Range[] = [];
  for (const { file, from, to } of changes) {
    const before = await readFile(join(root, file), 'utf8');
    const text = files.get(file) ?? before;
    const count = text.split(from).length - 1;
    if (count !== 1) {
      const wanted = JSON.stringify(from.length > 60 ? `${from.slice(0, 60)} ...` : from);
      throw new CannotRun(`the edit ${name} does not fit: ${file} has ${wanted} ${count} times instead of once`);
    }
    places.push(placeOf(file, before, from, to));
    // A function, because `$` has a meaning in a replacement text.
    files.set(
      file,
      text.replace(from, () => to),
    );
  }
  return { files, places };
}

/** Without what is the same at the beginning and at the end of both texts. */
function placeOf(file: string, before: string, from: string, to: string): Range {
  const at = before.indexOf(from);
  // An edit of what another change of the same edit has made may be anywhere.
  if (at < 0) return { file, start: 0, end: before.length };
  const shorter = Math.min(from.length, to.length);
  let [head, tail] = [0, 0];
  while (head < shorter && from[head] === to[head]) head += 1;
  while (tail < shorter - head && from.at(-1 - tail) === to.at(-1 - tail)) tail += 1;
  return { file, start: at + head, end: at + from.length - tail };
}
