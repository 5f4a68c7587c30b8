import pg from 'pg';
import type { PartName } from '../local/run-file.js';

/**
 * Makes PostgreSQL itself refuse a service's writes, as it does when the disk of its tables is full: each statement that inserts or
 * updates ends with its error 53100 (disk_full), and the transaction with it. Reads go on. It needs no rights on the machine.
 */
const prepare = `
  create schema if not exists chaos;
  create table if not exists chaos.disk (is_full boolean not null);
  insert into chaos.disk select false where not exists (select from chaos.disk);
  create or replace function chaos.write() returns trigger language plpgsql security definer as $$
    begin
      if (select is_full from chaos.disk) then
        raise exception 'could not extend file "base/16385/16402": No space left on device'
          using errcode = 'disk_full', hint = 'Check free disk space.';
      end if;
      return null;
    end $$;
  do $$
    declare at regclass;
    begin
      for at in select oid from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace loop
        execute format('create or replace trigger chaos_write before insert or update on %s '
          'for each statement execute function chaos.write()', at);
      end loop;
    end $$`;

/** Puts the switch into a service's database. Its tables are there: the service has started. */
export async function prepareDisk(serverUrl: string, service: PartName): Promise<void> {
  await on(serverUrl, service, prepare);
}

/** @throws when PostgreSQL is away. */
export async function setDiskFull(serverUrl: string, service: PartName, isFull: boolean): Promise<void> {
  await on(serverUrl, service, `update chaos.disk set is_full = ${isFull}`);
}

/** How many pieces of each product there are, in each warehouse. */
export async function readStock(serverUrl: string): Promise<{ sku: string; warehouse: string; available: number }[]> {
  return (await on(serverUrl, 'inventory', 'select sku, warehouse, available from stock')) as never;
}

async function on(serverUrl: string, service: PartName, sql: string): Promise<unknown[]> {
  const url = Object.assign(new URL(serverUrl), { pathname: `/orderflow_${service}` }).href;
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<object>(sql)).rows;
  } finally {
    await client.end();
  }
}
