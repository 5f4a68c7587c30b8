import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CannotRun } from '../command.js';
import type { Edit } from './edit.js';

/**
 * The files of an edit, as they are after it.
 *
 * @param root the checkout.
 * @throws {CannotRun} when a place of the edit is not in its file exactly once: the code has changed since the edit was written.
 */
export async function applied(
  { name, changes }: Pick<Edit, 'name' | 'changes'>,
  root: string,
): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const { file, from, to } of changes) {
    const text = files.get(file) ?? (await readFile(join(root, file), 'utf8'));
    const count = text.split(from).length - 1;
    if (count !== 1) {
      const wanted = JSON.stringify(from.length > 60 ? `${from.slice(0, 60)} ...` : from);
      throw new CannotRun(`the edit ${name} does not fit: ${file} has ${wanted} ${count} times instead of once`);
    }
    // A function, because `$` has a meaning in a replacement text.
    files.set(
      file,
      text.replace(from, () => to),
    );
  }
  return files;
}
