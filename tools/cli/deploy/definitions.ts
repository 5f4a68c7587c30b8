import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { definitionsFolder, versionName } from '../freeze/check.js';
import { differencesOf } from '../freeze/differences.js';
import type { FrozenProcess } from '../freeze/frozen.js';
import type { Build } from './builds.js';

/** What became of the frozen definition of a version between BASE and HEAD. One that stayed the same is not among these. */
export interface VersionChange {
  process: string;
  version: number;
  change: 'new' | 'changed' | 'removed';
  /** Of a changed one, such as `step screenFraud: after was nothing, is reserveStock`. */
  differences: string[];
}

/**
 * Compares the frozen definitions of both. `npm test` compares the code with the frozen definition beside it, so it does not see when both
 * were changed together. Only the file of the released code shows that.
 */
export async function compareDefinitions(
  base: Pick<Build, 'folder'>,
  head: Pick<Build, 'folder'>,
): Promise<VersionChange[]> {
  const [released, now] = await Promise.all([definitionsIn(base), definitionsIn(head)]);
  const changes = [...released].map(([file, { process, version, ...was }]): VersionChange => {
    const is = now.get(file);
    if (!is) return { process, version, change: 'removed', differences: [] };
    return { process, version, change: 'changed', differences: differencesOf({ process, version, ...was }, is) };
  });
  const added = [...now].filter(([file]) => !released.has(file));
  return [
    ...changes.filter(({ change, differences }) => change === 'removed' || differences.length > 0),
    ...added.map(([, { process, version }]): VersionChange => ({ process, version, change: 'new', differences: [] })),
  ];
}

/** By the name of the file. Code from before the first frozen definition has none. */
async function definitionsIn({ folder }: Pick<Build, 'folder'>): Promise<Map<string, FrozenProcess>> {
  const files = await readdir(join(folder, definitionsFolder)).catch(() => []);
  const names = files.filter((file) => file.endsWith('.json')).sort();
  const read = async (file: string): Promise<[string, FrozenProcess]> => [
    file,
    JSON.parse(await readFile(join(folder, definitionsFolder, file), 'utf8')) as FrozenProcess,
  ];
  return new Map(await Promise.all(names.map(read)));
}

/** A released version that HEAD no longer has as it was. */
export const isHarm = ({ change }: VersionChange): boolean => change !== 'new';

/** The change in sentences, with what to do. */
export function versionLines(changed: VersionChange): string[] {
  const { process, version, change, differences } = changed;
  const name = versionName(changed);
  const what = `version ${version} of the ${process} process`;
  if (change === 'new') return [`New: ${what}. No order has it yet.`];
  if (change === 'removed') {
    return [
      `A released version was removed: ${what}. Orders that began with it cannot go on.`,
      `    Bring it back, with its file in ${definitionsFolder}/. If no such order is open any more, say so: --retired ${name}`,
    ];
  }
  return [
    ...differences.map((difference) => `A released version was changed: ${what}, ${difference}.`),
    `    Orders that began with version ${version} need it as it was. Take the change back, in the code and in`,
    `    ${definitionsFolder}/${name}.json, and make a new version: docs/adding-a-step.md has an example.`,
  ];
}
