import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, Migrator, PostgresDialect, sql, type Migration } from 'kysely';
import pg from 'pg';
import { idempotencyMigration } from './idempotency.js';
import { isStaleStatement, namedStatements } from './named-statements.js';
import { undoneMigration } from './undone.js';

/** The logger of the shared parts: the part of pino that they use. */
export interface Log {
  debug: (fields: object, message: string) => void;
  info: (fields: object, message: string) => void;
  warn: (fields: object, message: string) => void;
  error: (fields: object, message: string) => void;
}

export interface DatabaseOptions {
  /** postgres://user:password@host:port/database */
  serverUrl: string;
  /** The service, e.g. `inventory`. */
  name: string;
  /** By name, applied in the order of the names: `001_stock`, `002_...`. */
  migrations: Record<string, Migration>;
  log: Log;
  poolSize?: number;
  /** How long to wait for the server at the start, in milliseconds. Without it, until the server answers. */
  patienceMs?: number;
  /** Ends the wait. */
  stopping?: AbortSignal;
}

/** A service's own database. All statements are SQL texts; Kysely joins their parts and runs them. */
export type Db = Kysely<unknown>;

/**
 * Opens a service's own database: creates it when it is missing (several instances may do that at once), migrates its tables under a lock,
 * and returns a pool. `destroy` closes the pool after the queries in flight.
 *
 * @throws when the server cannot be reached within `patienceMs`, refuses the user, or a migration fails.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Db> {
  const url = databaseUrlOf(options.serverUrl, options.name);
  await withPatience(options, () => createWhenMissing(options.serverUrl, url));
  const pool = new pg.Pool({
    connectionString: url,
    max: options.poolSize ?? 10,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    // No caller waits longer, and a longer statement would only hold its locks.
    statement_timeout: 15_000,
    idle_in_transaction_session_timeout: 30_000,
    application_name: `orderflow-${options.name}`,
    types: { getTypeParser },
  });
  // The pool replaces an idle connection that breaks. Without a listener, the error would end the process.
  pool.on('error', (error) => options.log.warn({ err: error }, 'An idle database connection broke'));
  // So would that of a connection in use, when it breaks between two statements. The next statement fails with it.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: namedStatements(pool) }) });
  try {
    await migrate(db, options.migrations);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return db;
}

/**
 * DATABASE_URL may name the service's own database (`inventory`, `shop_inventory`) or any other one. Then the service has its own database on
 * the same server: `shop` gives `shop_inventory`; `postgres` or none gives `orderflow_inventory`.
 */
export function databaseUrlOf(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  const named = decodeURIComponent(url.pathname.slice(1));
  if (named === name || named.endsWith(`_${name}`)) return url.href;
  return withDatabase(serverUrl, `${named === '' || named === 'postgres' ? 'orderflow' : named}_${name}`);
}

function withDatabase(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}

/** @throws when the database does not answer within a second. */
export async function checkDatabase(db: Db): Promise<void> {
  const late = sleep(1_000, undefined, { ref: false }).then(() => {
    throw new Error('the database did not answer within 1 s');
  });
  await Promise.race([sql`select 1`.execute(db), late]);
}

/** Whether an error means that the database is unavailable, rather than that a query was wrong. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (isStaleStatement(error)) return true;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') {
    // Connection lost, no resources, shutting down, cancelled, waited too long, not accepting connections.
    if (/^(08|53|57P|57014|55P03|25P03|55000)/.test(code)) return true;
    if (/^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)$/.test(code)) return true;
  }
  return /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable/.test(
    error.message,
  );
}

async function createWhenMissing(serverUrl: string, url: string): Promise<void> {
  // Try the database itself first: where an administrator has created it, this user needs no right to create databases.
  const failure = await connectOnce(url);
  if (failure?.code !== '3D000') {
    if (failure) throw failure;
    return;
  }
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  const known = url !== serverUrl && (await connectOnce(serverUrl)) === undefined;
  const client = new pg.Client({
    connectionString: known ? serverUrl : withDatabase(serverUrl, 'postgres'),
    connectionTimeoutMillis: 5_000,
  });
  await client.connect();
  try {
    await client.query(`create database ${client.escapeIdentifier(name)}`);
  } catch (error) {
    // Another instance was faster.
    if (!['42P04', '23505'].includes((error as { code?: string }).code ?? '')) throw error;
  } finally {
    await client.end();
  }
}

async function connectOnce(url: string): Promise<(Error & { code?: string }) | undefined> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    await client.end();
    return undefined;
  } catch (error) {
    return error as Error & { code?: string };
  }
}

/** How often a waiting program says so. */
const tellEveryMs = 10_000;

async function withPatience(options: DatabaseOptions, attempt: () => Promise<void>): Promise<void> {
  const { patienceMs = Infinity, stopping, log } = options;
  const deadline = Date.now() + patienceMs;
  for (let toldAt = -Infinity; ;) {
    stopping?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      // 55006: the template database is in use while another database is copied from it.
      const isTemporary = isDatabaseUnavailable(error) || (error as { code?: string }).code === '55006';
      if (!isTemporary || Date.now() > deadline) {
        const { host } = new URL(options.serverUrl);
        throw new Error(`PostgreSQL at ${host} (DATABASE_URL): ${(error as Error).message || String(error)}`, {
          cause: error,
        });
      }
      if (Date.now() - toldAt >= tellEveryMs) {
        toldAt = Date.now();
        log.warn({ reason: (error as Error).message }, 'Waiting for the database');
      }
      await sleep(250, undefined, { signal: stopping }).catch(() => 'The loop ends.');
    }
  }
}

async function migrate(db: Db, migrations: Record<string, Migration>): Promise<void> {
  const all = { '000_idempotency': idempotencyMigration, '000_undone': undoneMigration, ...migrations };
  // Kysely's migrator takes an advisory lock, so several instances may start at once.
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(all) },
    // A shared migration may be newer than a service's migrations with later names.
    allowUnorderedMigrations: true,
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error) {
    const failed = results?.find((result) => result.status === 'Error')?.migrationName;
    const reason = error instanceof Error ? error.message : JSON.stringify(error);
    throw new Error(`Migration ${failed ?? ''} failed: ${reason}`, { cause: error });
  }
}

const { INT8, TIMESTAMPTZ } = pg.types.builtins;
const toDate = pg.types.getTypeParser(TIMESTAMPTZ) as (text: string) => Date;
/** Amounts and quantities are bigint columns below 2^53. The driver itself returns bigint as text. */
const parsers: Record<number, unknown> = {
  [INT8]: toSafeInteger,
  [TIMESTAMPTZ]: (text: string) => toDate(text).toISOString(),
};
const getTypeParser = ((oid: number, format?: 'text') =>
  parsers[oid] ?? (pg.types.getTypeParser(oid, format) as unknown)) as typeof pg.types.getTypeParser;

function toSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`The number ${text} is too large`);
  return value;
}
