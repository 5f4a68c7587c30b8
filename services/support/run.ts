import type { FastifyBaseLogger } from 'fastify';
import type { Kysely, Migration } from 'kysely';
import { pino } from 'pino';
import { runProgram, type Running } from '../../src/platform/program.js';
import { databaseUrlOf, openDatabase } from './database.js';
import type { Handlers } from './handlers.js';
import type { Contract } from './operation.js';
import { serveOperations } from './service.js';

/** The parts of a service: its routes, its tables, its background work. `DB` is the Kysely interface of its tables. */
export interface ServiceDefinition<C extends Contract, DB> {
  name: string;
  contract: C;
  /** By name (`001_stock`), applied in the order of the names. */
  migrations: Record<string, Migration>;
  create: (context: ServiceContext<DB>) => ServiceParts<C, DB>;
  /** The largest body accepted, in bytes; 1 MiB by default. */
  bodyLimit?: number;
}

interface ServiceParts<C extends Contract, DB> {
  handlers: Handlers<C, DB>;
  /** Background work, such as a sweep or an outbox: runs until `signal` aborts. An error ends the service. */
  background?: (signal: AbortSignal) => Promise<void>;
}

interface ServiceContext<DB> {
  db: Kysely<DB>;
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

/** Opens the database, brings its tables up to date, and serves. */
export async function startService<C extends Contract, DB>(
  service: ServiceDefinition<C, DB>,
  settings: ServiceSettings,
  log: FastifyBaseLogger = pino({ name: service.name, level: settings.logLevel }),
): Promise<RunningService> {
  const { name, contract, migrations, bodyLimit } = service;
  const database = await openDatabase<DB>({ serverUrl: settings.databaseUrl, name, migrations, log });
  const stop = new AbortController();
  const databaseUrl = databaseUrlOf(settings.databaseUrl, name);
  try {
    const parts = service.create({ db: database.db, databaseUrl, log });
    const { handlers } = parts;
    const token = settings.serviceToken;
    const app = await serveOperations({ name, contract, handlers, db: database.db, token, log, bodyLimit });
    const url = await app.listen({ host: settings.host, port: settings.port });
    const background = parts.background?.(stop.signal) ?? Promise.resolve();
    const failed = background.then(() => new Promise<never>(() => undefined));
    failed.catch(() => undefined); // Without a listener, the rejection would end the process.
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

/** The main of a service: see {@link runProgram}. */
export function runService<C extends Contract, DB>(
  service: ServiceDefinition<C, DB>,
  settings: ServiceSettings,
): Promise<void> {
  const { name } = service;
  return runProgram({ name, logLevel: settings.logLevel }, (log) => startService(service, settings, log));
}
