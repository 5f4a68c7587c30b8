import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isDatabaseUnavailable } from '../../../services/support/database.js';
import { namedStatements } from '../../../services/support/named-statements.js';
import { createDatabase, query, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
let db: Kysely<unknown>;
const most = 4;

beforeEach(async () => {
  database = await createDatabase();
  // One connection: what is prepared is known to its session alone.
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  db = new Kysely({ dialect: new PostgresDialect({ pool: namedStatements(pool, most) }) });
});
afterEach(async () => {
  await db?.destroy();
  await database?.drop();
});

const prepared = async () => {
  const { rows } = await sql<{ name: string; statement: string; times: number }>`
    select name, statement, (generic_plans + custom_plans)::integer as times from pg_prepared_statements
    order by name`.execute(db);
  return rows;
};

it('prepares a text with parameters once, whatever the values', async () => {
  for (const value of [1, 2, 3]) await sql`select ${value}::integer + 1`.execute(db);
  await sql`select 1`.execute(db);
  expect(await prepared()).toEqual([{ name: 's0', statement: 'select $1::integer + 1', times: 3 }]);
});

it('prepares a limited number of texts; the others work without a name', async () => {
  for (let column = 0; column < most + 3; column++) {
    const { rows } = await sql<{ n: number }>`select ${column}::integer as ${sql.ref(`c${column}`)}`.execute(db);
    expect(Object.values(rows[0] ?? {})).toEqual([column]);
  }
  expect(await prepared()).toHaveLength(most);
});

it('statements outlive a migration that adds a column', async () => {
  await query(database.url, 'create table things (id integer)');
  const listed = () => sql`select id from things where id = ${1}`.execute(db);
  const all = () => sql`select * from things where id = ${1}`.execute(db);
  for (const statement of [listed, all]) await statement();
  await query(database.url, 'alter table things add column name text');
  for (const statement of [listed, all]) await statement();
  expect((await prepared()).map(({ statement }) => statement)).toEqual(['select id from things where id = $1']);
});

it('a connection that has lost its statements is closed, and the next one works', async () => {
  const statement = () => sql`select ${1}::integer`.execute(db);
  await statement();
  await sql`deallocate all`.execute(db);
  const error: unknown = await statement().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: '26000' });
  expect(isDatabaseUnavailable(error)).toBe(true);
  await statement();
});
