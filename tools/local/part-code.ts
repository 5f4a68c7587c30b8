import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The starting points for finding the compiled files of a part: `filesOf` follows the imports from here. */
export interface PartCode {
  entry: string;
  /** Folders that the part loads by path without an import, for example the workflow code that a worker bundles. */
  folders?: readonly string[];
}

const imports = /(?:^|[\s;}])(?:import|export)\s*(?:[\w*{][^'"`;]*?from\s*)?\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g;

/**
 * Finds all compiled files that a part loads.
 *
 * @param code absolute paths of the entry and the folders.
 * @returns absolute paths.
 */
export function filesOf({ entry, folders = [] }: PartCode): Set<string> {
  const found = new Set<string>();
  const open = [entry, ...folders.flatMap(filesBelow)];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file) || !existsSync(file)) continue;
    found.add(file);
    for (const [, path] of readFileSync(file, 'utf8').matchAll(imports)) {
      open.push(resolve(dirname(file), path as string));
    }
  }
  return found;
}

/** @returns a content hash for each compiled file below a folder. */
export function hashesBelow(folder: string): Map<string, string> {
  return new Map(
    filesBelow(folder).map((file) => [file, createHash('sha1').update(readFileSync(file)).digest('base64')]),
  );
}

/** @returns the files that were added, removed or changed. */
export function changedFiles(before: Map<string, string>, after: Map<string, string>): Set<string> {
  const changed = new Set<string>();
  for (const [file, hash] of after) if (before.get(file) !== hash) changed.add(file);
  for (const file of before.keys()) if (!after.has(file)) changed.add(file);
  return changed;
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => join(folder, name));
}
