import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { differencesOf } from './differences.js';
import { frozen, type Freezable, type FrozenProcess } from './frozen.js';

/** Where the frozen definitions are. */
export const definitionsFolder = 'test/replay/definitions';

export interface Checked {
  /** Of a version without a file: the file's name and its content. */
  missing: { file: string; content: FrozenProcess }[];
  /** What is wrong, with what to do; one text for each version. */
  problems: string[];
}

/** Compares every version of every process with its frozen definition. */
export async function checkDefinitions(folder: string, processes: readonly Freezable[]): Promise<Checked> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json'));
  const known = new Set<string>();
  const checked: Checked = { missing: [], problems: [] };
  for (const freezable of processes) {
    for (const version of freezable.versions) {
      const is = await frozen(version, freezable);
      const file = fileOf(is);
      known.add(file);
      if (!files.includes(file)) {
        checked.missing.push({ file, content: is });
        continue;
      }
      const was = JSON.parse(await readFile(join(folder, file), 'utf8')) as FrozenProcess;
      const differences = differencesOf(was, is);
      if (differences.length > 0) checked.problems.push(changed(is, differences, freezable));
    }
  }
  for (const file of files.filter((each) => !known.has(each))) {
    checked.problems.push(
      `${file} is frozen, and the code has no such version. Runs of it cannot go on. Bring the version back; or, if no run of ` +
        'it is open any more, delete the file and the recorded histories of the version.',
    );
  }
  return checked;
}

/** Writes the definitions that are not frozen yet. A file that exists is not written. */
export async function freeze(folder: string, missing: Checked['missing']): Promise<void> {
  for (const { file, content } of missing) {
    await writeFile(join(folder, file), textOf(content), { flag: 'wx' });
  }
}

/** One line for each step, so that a difference between two versions reads as one. */
function textOf({ steps, afterEnd, ...head }: FrozenProcess): string {
  const list = (name: string, entries: readonly unknown[]) =>
    `"${name}": [${entries.map((entry) => `\n  ${JSON.stringify(entry)}`).join(',')}${entries.length > 0 ? '\n ' : ''}]`;
  const fields = Object.entries(head).map(([name, value]) => `"${name}": ${JSON.stringify(value)}`);
  return `{\n ${[...fields, list('steps', steps), list('afterEnd', afterEnd)].join(',\n ')}\n}\n`;
}

export function notFrozen(file: string): string {
  return `${file} is not there: run \`npm run freeze\`, and commit the file.`;
}

function fileOf(definition: FrozenProcess): string {
  return `${versionName(definition)}.json`;
}

/** Such as `order-v1`. */
export function versionName({ process, version }: Pick<FrozenProcess, 'process' | 'version'>): string {
  return `${process}-v${version}`;
}

function changed(
  { process, version }: FrozenProcess,
  differences: readonly string[],
  { file, list, versions }: Freezable,
): string {
  const next = Math.max(...versions.map((each) => each.version)) + 1;
  return [
    `Version ${version} of the ${process} process is not as ${definitionsFolder}/${process}-v${version}.json has it:`,
    ...differences.map((difference) => `  ${difference}`),
    `Open runs of version ${version} need it as it was. Take the change back here, and make version ${next}:`,
    `  1. ${file}: give the number ${next} to the new definition. Keep version ${version} as a value of its own, with the`,
    `     old steps (\`without\` leaves a new step out), and list both in ${list}.`,
    '  2. npm run freeze',
    `  3. npm run replay:record     records version ${next}; histories of older versions stay`,
    '  4. npm run draw',
    `docs/adding-a-step.md has an example. If version ${version} was never deployed: delete its file, and run \`npm run freeze\`.`,
  ].join('\n');
}
