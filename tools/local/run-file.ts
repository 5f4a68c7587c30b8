import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceName } from '../../src/config/index.js';
import { writeJsonAtomically } from './write-atomically.js';

export type PartName = 'temporal' | 'postgres' | ServiceName | 'worker' | 'api';

/** The addresses of a part. A part that runs elsewhere by configuration has no pid. */
export interface PartEntry {
  pid?: number;
  url?: string;
  address?: string;
  uiUrl?: string;
}

/** DATA_DIR/run.json: describes a running system, for commands and for people. It exists from ready to stop. */
export interface RunFile {
  /** RFC 3339. */
  startedAt: string;
  parts: Partial<Record<PartName, PartEntry>>;
  /** The token for calls to the services. */
  serviceToken: string;
}

const fileOf = (dataDir: string) => join(dataDir, 'run.json');

export function writeRunFile(dataDir: string, run: RunFile): void {
  writeJsonAtomically(fileOf(dataDir), run);
}

export function removeRunFile(dataDir: string): void {
  rmSync(fileOf(dataDir), { force: true });
}

/** @returns undefined when no system runs on this folder, or a system was killed before it was ready. */
export function readRunFile(dataDir: string): RunFile | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(dataDir), 'utf8')) as RunFile;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`${fileOf(dataDir)} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
