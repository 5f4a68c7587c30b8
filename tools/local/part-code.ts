import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Which compiled files each part runs, found by following the imports from its entry. */
export interface PartCode {
  entry: string;
  /** Folders that it loads by path instead of importing them, such as the workflow code that a worker bundles. */
  folders?: readonly string[];
}

const imports = /(?:^|[\s;}])(?:import|export)\s*(?:[\w*{][^'"`;]*?from\s*)?\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g;

/**
 * @param roots absolute paths of entries and folders.
 * @returns absolute paths of all files that are loaded from there.
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

/** @returns the files that are new, gone or different. */
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
