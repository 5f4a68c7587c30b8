import { readFile, writeFile } from 'node:fs/promises';
import { databaseUrlOf } from '../../../services/support/database.js';
import { loadConfig, type Config } from '../../../src/config/index.js';
import { connectClient } from '../../../src/temporal/connection.js';
import { check } from '../../check/check.js';
import type { Finding } from '../../check/finding.js';
import type { Observation } from '../../check/observation.js';
import { databases, type DatabaseName } from '../../check/observe/databases.js';
import { observe } from '../../check/observe/index.js';
import { tableOf } from '../../check/table.js';
import { readRunFile } from '../../local/run-file.js';
import { CannotRun, exit, type ExitStatus } from '../command.js';
import { temporalOf } from '../find-system.js';

export interface CheckCommandOptions {
  /** A recorded observation. Default: the running system. */
  observation?: string;
  /** In ms. */
  settledFor?: number;
  /** In ms. */
  bound?: number;
  json?: string;
  /** Default: the environment of this program. */
  env?: NodeJS.ProcessEnv;
  /** Prints the result for people. Default: to standard output. */
  print?: (text: string) => void;
}

/** What `--json` writes. */
export interface CheckReport {
  findings: Finding[];
  observation: Observation;
}

/**
 * Verifies the running system, or a recorded observation, and prints what holds.
 *
 * @throws {CannotRun} when the system cannot be observed.
 */
export async function checkSystem(options: CheckCommandOptions): Promise<ExitStatus> {
  const { print = (text) => process.stdout.write(text), bound, json, settledFor } = options;
  const observation = await (options.observation === undefined
    ? observed(loadConfig(options.env))
    : recorded(options.observation));
  if (settledFor !== undefined) observation.settledForMs = settledFor;
  const findings = check(observation, bound === undefined ? {} : { boundMs: bound });
  print(`${tableOf(findings)}\n`);
  if (json !== undefined) {
    await writeFile(json, `${JSON.stringify({ findings, observation } satisfies CheckReport, null, 2)}\n`);
  }
  return findings.some(({ holds }) => holds === false) ? exit.wrong : exit.right;
}

async function observed(config: Config): Promise<Observation> {
  const urls = databaseUrls(config);
  const temporal = await connectClient({ temporal: temporalOf(config) }).catch((error: Error) => {
    throw new CannotRun(error.message);
  });
  try {
    return await observe({ temporal, databases: urls });
  } catch (error) {
    throw new CannotRun(`the system cannot be observed: ${(error as Error).message}`, { cause: error });
  } finally {
    await temporal.connection.close();
  }
}

/** The database of each service: on the configured server, else on the one of the running system. */
function databaseUrls(config: Config): Record<DatabaseName, string> {
  const server = config.databaseUrl ?? readRunFile(config.dataDir)?.parts.postgres?.url;
  if (server === undefined) {
    throw new CannotRun(
      `no running system in ${config.dataDir}. Start one with \`npm start\` (under the same DATA_DIR), or set DATABASE_URL to the PostgreSQL server of the services`,
    );
  }
  return Object.fromEntries(databases.map((name) => [name, databaseUrlOf(server, name)])) as Record<
    DatabaseName,
    string
  >;
}

async function recorded(file: string): Promise<Observation> {
  try {
    const found = JSON.parse(await readFile(file, 'utf8')) as Observation | CheckReport;
    return 'observation' in found ? found.observation : found;
  } catch (error) {
    throw new CannotRun(`${file} is no observation: ${(error as Error).message}`);
  }
}
