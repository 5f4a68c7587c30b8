import { readFile, writeFile } from 'node:fs/promises';
import { check } from '../../check/check.js';
import type { Observation } from '../../check/observation.js';
import { tableOf } from '../../check/table.js';
import { CannotRun, exit, type ExitStatus } from '../command.js';

export interface CheckCommandOptions {
  observation?: string;
  json?: string;
}

/**
 * Verifies an observation, and prints what holds.
 *
 * @throws {CannotRun} when there is nothing to judge.
 */
export async function checkSystem(options: CheckCommandOptions): Promise<ExitStatus> {
  if (options.observation === undefined) throw new CannotRun('give a recorded observation: --observation FILE');
  const findings = check(await recorded(options.observation));
  process.stdout.write(`${tableOf(findings)}\n`);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(findings, null, 2)}\n`);
  return findings.some(({ holds }) => holds === false) ? exit.wrong : exit.right;
}

async function recorded(file: string): Promise<Observation> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Observation;
  } catch (error) {
    throw new CannotRun(`${file} is no observation: ${(error as Error).message}`);
  }
}
