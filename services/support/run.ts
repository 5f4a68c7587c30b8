import type { FastifyBaseLogger } from 'fastify';
import type { Migration } from 'kysely';
import { defined } from '../../contracts/defined.js';
import { openLog } from '../../src/platform/log.js';
import { runProgram, type Running } from '../../src/platform/program.js';
import { databaseUrlOf, openDatabase, type Db } from './database.js';
import type { Handlers } from './handlers.js';
import type { Contract } from './operation.js';
import { serveOperations } from './service.js';

/** The parts of a service: its routes, its tables, its background work. */
export interface ServiceDefinition<C extends Contract> {
  name: string;
  contract: C;
  /** By name (`001_stock`), applied in the order of the names. */
  migrations: Record<string, Migration>;
  create: (context: ServiceContext) => ServiceParts<C>;
  /** The largest body accepted, in bytes; 1 MiB by default. */
  bodyLimit?: number;
}

interface ServiceParts<C extends Contract> {
  handlers: Handlers<C>;
  /** Background work, such as a sweep or an outbox: runs until `signal` aborts, when the service stops. An error ends the service. */
  background?: (signal: AbortSignal) => Promise<void>;
}

interface ServiceContext {
  db: Db;
  /** The service's own database, for connections beside the pool of `db`. */
  databaseUrl: string;
  log: FastifyBaseLogger;
}

export interface ServiceSettings {
  /** The PostgreSQL server, or the service's own database on it (see `databaseUrlOf`). */
  databaseUrl: string;
  /** What callers send as `Authorization: Bearer`. */
  serviceToken: string;
  /** 0: a free one. */
  port: number;
  host: string;
  logLevel: string;
}

export type RunningService = Running & { failed: Promise<never> };

/** Opens the database, for which it waits until `stopping` aborts, brings its tables up to date, and serves. */
export async function startService<C extends Contract>(
  service: ServiceDefinition<C>,
  settings: ServiceSettings,
  log: FastifyBaseLogger = openLog(service.name, settings.logLevel),
  stopping?: AbortSignal,
): Promise<RunningService> {
  const { name, migrations } = service;
  const db = await openDatabase({ serverUrl: settings.databaseUrl, name, migrations, log, ...defined({ stopping }) });
  const stop = new AbortController();
  const databaseUrl = databaseUrlOf(settings.databaseUrl, name);
  try {
    const { handlers, background: work } = service.create({ db, databaseUrl, log });
    const token = settings.serviceToken;
    const app = await serveOperations({ ...service, handlers, db, token, log, stopping: stop.signal });
    const url = await app.listen({ host: settings.host, port: settings.port });
    const background = work?.(stop.signal) ?? Promise.resolve();
    const failed = background.then(() => new Promise<never>(() => undefined));
    failed.catch(() => undefined); // Without a listener, the rejection would end the process.
    return {
      url,
      failed,
      close: async () => {
        stop.abort();
        await app.close();
        await background.catch(() => undefined);
        await db.destroy();
      },
    };
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** The main of a service: see {@link runProgram}. */
export function runService<C extends Contract>(
  service: ServiceDefinition<C>,
  settings: ServiceSettings,
): Promise<void> {
  const { name } = service;
  return runProgram({ name, logLevel: settings.logLevel }, (log, stopping) =>
    startService(service, settings, log, stopping),
  );
}
