import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { databaseUrlOf, isDatabaseUnavailable, openDatabase } from '../../../services/support/database.js';
import { startService } from '../../../services/support/run.js';
import { createDatabase, query, type TestDatabase } from '../../support/postgres.js';
import { counterService } from './toy-service.js';
import { authorized, serviceToken } from '../../support/service-token.js';

let database: TestDatabase;
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const { migrations } = counterService;

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database?.drop());

it.each([
  ['postgres://u:p@h:1/postgres', 'postgres://u:p@h:1/orderflow_payment'],
  ['postgres://u:p@h:1', 'postgres://u:p@h:1/orderflow_payment'],
  ['postgres://u:p@h:1/shop?sslmode=require', 'postgres://u:p@h:1/shop_payment?sslmode=require'],
  ['postgres://u:p@h:1/payment', 'postgres://u:p@h:1/payment'],
  ['postgres://u:p@h:1/orderflow_payment', 'postgres://u:p@h:1/orderflow_payment'],
])('the payment service at %s uses %s', (given, used) => {
  expect(databaseUrlOf(given, 'payment')).toBe(used);
});

it('eight instances that start at once create one database with one set of tables', async () => {
  const open = () => openDatabase({ serverUrl: database.url, name: 'eight', migrations, log });
  const opened = await Promise.all(Array.from({ length: 8 }, open));
  const [first] = opened;
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(first!);
  expect(rows.map(({ name }) => name)).toEqual(['000_idempotency', '000_undone', '001_counters']);
  await Promise.all(opened.map((db) => db.destroy()));
});

it('a missing database is created also when DATABASE_URL names it', async () => {
  const url = databaseUrlOf(database.url, 'own');
  const opened = await openDatabase({ serverUrl: url, name: 'own', migrations, log });
  const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(opened);
  expect(rows[0]?.name).toMatch(/_own$/);
  await opened.destroy();
});

it('a migration that fails stops the start and says which one', async () => {
  const broken = { ...migrations, '002_broken': { up: (db: never) => sql`select * from nowhere`.execute(db) } };
  const opening = openDatabase({ serverUrl: database.url, name: 'broken', migrations: broken as never, log });
  await expect(opening).rejects.toThrow(/002_broken failed: .*nowhere/);
});

it('the error for an unreachable server names it, without its password', async () => {
  const opening = openDatabase({
    serverUrl: 'postgres://u:secret@127.0.0.1:1/x',
    name: 'x',
    migrations,
    log,
    patienceMs: 0,
  });
  await expect(opening).rejects.toThrow(/^PostgreSQL at 127.0.0.1:1 \(DATABASE_URL\): (?!.*secret).*ECONNREFUSED/);
});

describe('while the database is down', () => {
  it('/health and calls answer 503, and work again when it is back', async () => {
    const settings = { databaseUrl: database.url, serviceToken, port: 0, host: '127.0.0.1', logLevel: 'silent' };
    const service = await startService({ ...counterService, name: 'away' }, settings);
    const admin = await openDatabase({ serverUrl: database.url, name: 'admin', migrations: {}, log });
    const name = new URL(databaseUrlOf(database.url, 'away')).pathname.slice(1);
    const allow = (yes: boolean) =>
      sql`update pg_database set datallowconn = ${yes} where datname = ${name}`
        .execute(admin)
        .then(() => sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`.execute(admin));
    const statuses = async () => [
      (await fetch(`${service.url}/health`)).status,
      (
        await fetch(`${service.url}/v1/counters/a/add`, {
          method: 'POST',
          headers: { ...authorized, 'content-type': 'application/json', 'idempotency-key': 'away' },
          body: '{"by":1}',
        })
      ).status,
    ];
    try {
      await allow(false);
      expect(await statuses()).toEqual([503, 503]);
      await allow(true);
      expect(await statuses()).toEqual([200, 200]);
    } finally {
      await allow(true);
      await service.close();
      await admin.destroy();
    }
  });

  it('a connection that breaks between two statements fails the second, and the program goes on', async () => {
    const db = await openDatabase({ serverUrl: database.url, name: 'broken', migrations: {}, log });
    const uncaught = vi.fn();
    process.prependListener('uncaughtException', uncaught);
    try {
      const broken = db.connection().execute(async (connection) => {
        const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(connection);
        await query(database.url, `select pg_terminate_backend(${rows[0]!.pid}, 5000)`);
        await sql`select 1`.execute(connection);
      });
      await expect(broken).rejects.toSatisfy(isDatabaseUnavailable);
      expect(uncaught).not.toHaveBeenCalled();
      expect((await sql`select 1`.execute(db)).rows).toHaveLength(1);
    } finally {
      process.removeListener('uncaughtException', uncaught);
      await db.destroy();
    }
  });

  it.each([
    [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), true],
    [Object.assign(new Error('x'), { code: '57P01' }), true],
    [new Error('Connection terminated unexpectedly'), true],
    [Object.assign(new Error('x'), { code: '23505' }), false],
    [new Error('undefined is not a function'), false],
  ])('%o: %s', (error, expected) => {
    expect(isDatabaseUnavailable(error)).toBe(expected);
  });
});
