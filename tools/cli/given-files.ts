import { access, constants, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CannotRun } from './command.js';

/**
 * Reads the order log that a command was given.
 *
 * @throws {CannotRun} when it cannot be read.
 */
export async function readGivenLog(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : message;
    throw new CannotRun(`cannot read ${file}: ${reason}; give the path of an order log (CSV)`);
  }
}

/**
 * Checks before an hour of work that its outcome can be written after it.
 *
 * @throws {CannotRun} when it cannot.
 */
export async function requireFolderOf(json: string): Promise<void> {
  try {
    await access(dirname(json), constants.W_OK);
  } catch {
    throw new CannotRun(`--json ${json}: the folder ${dirname(json)} does not exist or cannot be written to`);
  }
}
