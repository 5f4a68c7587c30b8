import type { FastifyBaseLogger } from 'fastify';
import type { Kysely, Migration } from 'kysely';
import { pino } from 'pino';
import { openDatabase } from './database.js';
import type { Handlers } from './handlers.js';
import type { Contract } from './operation.js';
import { serveOperations } from './service.js';

/** A service as a value: its routes, its tables, its work. `DB` is the Kysely interface of its tables. */
export interface ServiceDefinition<C extends Contract, DB> {
  name: string;
  contract: C;
  /** By name (`001_stock`), applied in the order of the names. */
  migrations: Record<string, Migration>;
  handlers: (context: ServiceContext<DB>) => Handlers<C, DB>;
  /** Work beside the requests (a sweep, an outbox): runs until `signal` aborts. An error of it ends the service. */
  background?: (context: ServiceContext<DB> & { signal: AbortSignal }) => Promise<void>;
  /** Largest body taken, in bytes; 1 MiB unless given. */
  bodyLimit?: number;
}

export interface ServiceContext<DB> {
  db: Kysely<DB>;
  log: FastifyBaseLogger;
}

export interface ServiceSettings {
  /** The PostgreSQL server; the service's own database on it is made from its name. */
  databaseUrl: string;
  /** What callers send as `Authorization: Bearer`. */
  serviceToken: string;
  /** 0: one that is free. */
  port: number;
  host: string;
  logLevel: string;
}

export interface RunningService {
  /** e.g. http://127.0.0.1:4001 */
  url: string;
  /** Rejects when background work broke. */
  failed: Promise<never>;
  /** Answers the requests in flight, then lets go of everything. */
  close: () => Promise<void>;
}

/** Opens the database, brings it up to date, and serves. */
export async function startService<C extends Contract, DB>(
  service: ServiceDefinition<C, DB>,
  settings: ServiceSettings,
): Promise<RunningService> {
  const { name, contract, migrations } = service;
  const log: FastifyBaseLogger = pino({ name, level: settings.logLevel });
  const database = await openDatabase<DB>({ serverUrl: settings.databaseUrl, name, migrations, log });
  const stop = new AbortController();
  const context = { db: database.db, log };
  try {
    const app = await serveOperations({
      name,
      contract,
      handlers: service.handlers(context),
      db: database.db,
      token: settings.serviceToken,
      logLevel: settings.logLevel,
      ...(service.bodyLimit === undefined ? {} : { bodyLimit: service.bodyLimit }),
    });
    const url = await app.listen({ host: settings.host, port: settings.port });
    const background = service.background?.({ ...context, signal: stop.signal }) ?? Promise.resolve();
    const failed = background.then(() => new Promise<never>(() => undefined));
    failed.catch(() => undefined); // Whoever waits for it sees it; that nobody does is no error of its own.
    return {
      url,
      failed,
      close: async () => {
        await app.close();
        stop.abort();
        await background.catch(() => undefined);
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/**
 * The whole of a service's program: serves until SIGTERM or SIGINT, then finishes what is in flight and ends with status 0.
 * Says `ready` to the process that started it. Ends with status 1 when it cannot start or its background work breaks.
 */
export async function runService<C extends Contract, DB>(
  service: ServiceDefinition<C, DB>,
  settings: ServiceSettings,
): Promise<void> {
  const log = pino({ name: service.name, level: settings.logLevel });
  const asked = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
  try {
    const running = await startService(service, settings);
    log.info({ url: running.url }, 'ready');
    process.send?.('ready');
    try {
      log.info({ signal: await Promise.race([asked, running.failed]) }, 'stopping');
    } finally {
      await running.close();
    }
  } catch (error) {
    log.fatal({ err: error }, 'cannot go on');
    process.exitCode = 1;
  } finally {
    // The channel to the parent would keep the process alive.
    if (process.connected) process.disconnect();
  }
}
