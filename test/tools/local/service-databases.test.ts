import { afterAll, beforeAll, expect, it } from 'vitest';
import { mkdtemp, chmod, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../tools/local/ports.js';
import { preparePostgres, type PostgresProgram } from '../../../tools/local/postgres.js';
import { launch, type Child } from '../../../tools/local/program.js';
import { ensureServiceDatabases } from '../../../tools/local/service-databases.js';
import { query } from '../../support/postgres.js';

const names = ['inventory', 'payment'] as const;
let dir: string;
let program: PostgresProgram;
let server: Child;
let urls: Record<(typeof names)[number], string>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'orderflow-test-roles-'));
  await chmod(dir, 0o755); // As root, the server runs as another user, which needs access.
  program = await preparePostgres({ dir, port: await freePort() });
  server = await launch('postgres', program);
  await server.ready;
  // An earlier version left a database that the superuser owns, with tables in it.
  await query(program.url, 'create database orderflow_inventory');
  await query(
    inDatabase(program.url, 'orderflow_inventory'),
    'create table stock (sku text); insert into stock values (1)',
  );
  urls = await ensureServiceDatabases(program.url, names);
});
afterAll(async () => {
  await server?.stop();
  await rm(dir, { recursive: true, force: true });
});

const inDatabase = (url: string, database: string) => Object.assign(new URL(url), { pathname: `/${database}` }).href;

it('a service owns its database and nothing else', async () => {
  await query(urls.payment, 'create table money (amount bigint)');
  expect(
    await query(
      urls.payment,
      'select current_user::text as me, rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname = current_user',
    ),
  ).toEqual([{ me: 'payment', rolsuper: false, rolcreatedb: false, rolcreaterole: false }]);
});

it('no service can open the database of another service', async () => {
  await expect(query(inDatabase(urls.payment, 'orderflow_inventory'), 'select 1')).rejects.toThrow(/permission denied/);
});

it('a database of the superuser is handed over with its content', async () => {
  await query(urls.inventory, 'alter table stock add column level bigint');
  expect(await query(urls.inventory, 'select * from stock')).toEqual([{ sku: '1', level: null }]);
});

it('the passwords stay the same after another start', async () => {
  expect(await ensureServiceDatabases(program.url, names)).toEqual(urls);
  expect(new Set(Object.values(urls).map((url) => new URL(url).password)).size).toBe(names.length);
});
