import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { userEnvironment } from '../../src/config/index.js';
import { environmentFor } from './environment.js';
import type { Program } from './program.js';

export interface TemporalServerOptions {
  /** The command `temporal`: see `findTemporalCli`. */
  cli: string;
  port: number;
  /** Unset: no Web UI. */
  uiPort?: number;
  /** Unset: data stays in memory. */
  databaseFile?: string;
  namespace?: string;
  /** The environment of the server. Default: the shell variables of the user that every program gets. */
  env?: NodeJS.ProcessEnv;
}

/** Settings that differ from the dev server's defaults, with the reason for each. deploy/temporal/dynamic-config.yaml has the same ones. */
export const dynamicConfig: Record<string, unknown> = {
  // By default the one history shard polls its queues at most 20 times a second, so each step of a run can wait up to 50 ms.
  'history.transferProcessorMaxPollRPS': 10_000,
  'history.timerProcessorMaxPollRPS': 10_000,
  // An activity goes straight back to the worker that scheduled it, without a trip through the task queue.
  'system.enableActivityEagerExecution': true,
  // Runs are served in the order in which they came. With the default of four partitions, a worker takes tasks from any of them.
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
  // A flood of tasks from one shop does not delay the other shops: the shop is the fairness key of its tasks.
  'matching.enableFairness': true,
  'matching.useNewMatcher': true,
};

/** The garbage collector of the server runs half as often as by default. It was 8 % of its CPU; the price is about 130 MiB of memory. */
const garbageCollector = '200';

/** A write-ahead log handles several times the load of the default mode, and data still survives a killed server. */
const sqlitePragmas = ['journal_mode=WAL', 'synchronous=NORMAL'];

/**
 * Prepares the local Temporal server as a program for `launch`. It is ready when it answers, keeps histories for 45 days and has the
 * search attributes.
 */
export async function prepareTemporalServer(options: TemporalServerOptions): Promise<Program> {
  const { namespace = 'default', databaseFile } = options;
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(options.port), '--log-level', 'error'];
  args.push(...(options.uiPort === undefined ? ['--headless'] : ['--ui-port', String(options.uiPort)]));
  if (namespace !== 'default') args.push('--namespace', namespace);
  if (databaseFile !== undefined) {
    await mkdir(dirname(databaseFile), { recursive: true });
    args.push('--db-filename', databaseFile);
    for (const pragma of sqlitePragmas) args.push('--sqlite-pragma', pragma);
  }
  for (const [key, value] of Object.entries(dynamicConfig)) {
    args.push('--dynamic-config-value', `${key}=${JSON.stringify(value)}`);
  }
  return {
    command: options.cli,
    args,
    env: { GOGC: garbageCollector, ...(options.env ?? environmentFor(userEnvironment())) },
    ready: async (_running, cut) => setUp(`127.0.0.1:${options.port}`, namespace, cut),
    stopSignal: 'SIGTERM',
    graceMs: 10_000,
  };
}

/** Sets up the namespace. The server answers a little before its namespace can be changed, so failed calls are retried. */
async function setUp(address: string, namespace: string, cut: AbortSignal): Promise<void> {
  // Imported while the server starts. An earlier import would delay the start of all parts by half a second.
  const [{ connectClient }, { ensureRetention, localRetentionMs }, { registerSearchAttributes }] = await Promise.all([
    import('../../src/temporal/connection.js'),
    import('../../src/temporal/namespace.js'),
    import('../../src/temporal/search-attributes.js'),
  ]);
  const temporal = { local: true, address, namespace, connectionOptions: { address } };
  for (let lastError: unknown, deadline = Date.now() + 60_000; !cut.aborted;) {
    let connection: Connection | undefined;
    try {
      ({ connection } = await connectClient({ temporal }));
      await ensureRetention(connection, namespace, localRetentionMs);
      await registerSearchAttributes(connection, namespace);
      return;
    } catch (error) {
      lastError = error;
      if (Date.now() > deadline) throw lastError;
      await sleep(50);
    } finally {
      await connection?.close();
    }
  }
}
