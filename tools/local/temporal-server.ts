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
  /** Unset: in memory. */
  databaseFile?: string;
  namespace?: string;
  /** Of the process; that of the person's shell unless given. */
  env?: NodeJS.ProcessEnv;
}

/** Settings that differ from the dev server's own, and what each is for. */
const dynamicConfig: Record<string, unknown> = {
  // Its one history shard asks its queues at most 20 times a second, which lets each step of a run wait up to 50 ms.
  'history.transferProcessorMaxPollRPS': 10_000,
  'history.timerProcessorMaxPollRPS': 10_000,
  'history.visibilityProcessorMaxPollRPS': 10_000,
  // An activity goes back to the worker that scheduled it, without a round through the task queue.
  'system.enableActivityEagerExecution': true,
  // One shop's flood does not hold up the others: tasks carry the shop as their fairness key.
  'matching.enableFairness': true,
  'matching.useNewMatcher': true,
};

/** A write-ahead log carries several times the load of the default, and survives a killed process all the same. */
const sqlitePragmas = ['journal_mode=WAL', 'synchronous=NORMAL'];

/**
 * The local Temporal server as a program for `launch`: ready once it answers, keeps histories for 45 days and knows the
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
    env: options.env ?? environmentFor(userEnvironment()),
    ready: async (_running, cut) => setUp(`127.0.0.1:${options.port}`, namespace, cut),
    stopSignal: 'SIGTERM',
    graceMs: 10_000,
  };
}

/** The server answers a little before its namespace is there and can be changed, so what is refused at first is asked again. */
async function setUp(address: string, namespace: string, cut: AbortSignal): Promise<void> {
  // Loaded while the server starts: before, it would hold up the start of all parts by half a second.
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
