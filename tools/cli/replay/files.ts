import { access, constants, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { CannotRun } from '../command.js';
import { readHistory } from './history.js';
import { readPayloads } from './payloads.js';
import { failed, readAhead, type Read } from './read-ahead.js';

/** Reads the histories in these files. */
export function readFiles(files: readonly string[]): AsyncIterable<Read> {
  return readAhead(files, async (file) => {
    try {
      return await readPayloads(await readHistory(file, file));
    } catch (error) {
      if (!(error instanceof CannotRun)) throw error;
      return failed(file, error);
    }
  });
}

/**
 * The named files, the histories in the named folders and the folders below them, and the files that match the named patterns, each once.
 *
 * @throws {CannotRun} with every name that leads to nothing.
 */
export async function filesOf(named: readonly string[]): Promise<string[]> {
  const found = await Promise.all(named.map(filesNamed));
  const wrong = found.filter((each) => typeof each === 'string');
  if (wrong.length) throw new CannotRun(wrong.join('\n'));
  const files = new Map<string, string>();
  for (const file of (found as string[][]).flat()) if (!files.has(resolve(file))) files.set(resolve(file), file);
  return [...files.values()];
}

/** @returns the files, or what is wrong with the name. */
async function filesNamed(name: string): Promise<string[] | string> {
  const there = await stat(name).catch(() => undefined);
  if (there?.isDirectory()) {
    const files = await glob('**/*.json', { cwd: name, expandDirectories: false });
    if (files.length) return files.sort().map((file) => join(name, file));
    return `there are no histories (*.json) in ${name}`;
  }
  // A file may have a name that looks like a pattern.
  if (there) return [name];
  if (!isDynamicPattern(name)) return `cannot read ${name}: there is no such file or folder`;
  const files = await glob(name, { expandDirectories: false, absolute: isAbsolute(name) });
  return files.length ? files.sort() : `no file matches ${name}`;
}

/**
 * Tells before the work whether its results can be written.
 *
 * @throws {CannotRun} when there is no such folder, or the file cannot be written.
 */
export async function requireWritable(file: string): Promise<void> {
  const refuse = (reason: string): never => {
    throw new CannotRun(`cannot write ${file}: ${reason}`);
  };
  const folder = dirname(file);
  const there = await stat(file).catch(() => undefined);
  if (there?.isDirectory()) refuse('it is a folder');
  if (!there && !(await stat(folder).catch(() => undefined))?.isDirectory()) refuse(`there is no folder ${folder}`);
  await access(there ? file : folder, constants.W_OK).catch((error: Error) => refuse(error.message));
}
