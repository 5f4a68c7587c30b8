import pg from 'pg';

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
export async function prepareDisk(databaseUrl: string): Promise<void> {
  await run(databaseUrl, prepare);
}

/** @throws when PostgreSQL is away. */
export async function setDiskFull(databaseUrl: string, isFull: boolean): Promise<void> {
  await run(databaseUrl, `update chaos.disk set is_full = ${isFull}`);
}

/** How many pieces of each product there are, by `sku/warehouse`. */
export async function readStock(databaseUrl: string): Promise<Map<string, number>> {
  const rows = await run<{ place: string; available: string }>(
    databaseUrl,
    "select sku || '/' || warehouse as place, available from stock",
  );
  return new Map(rows.map(({ place, available }) => [place, Number(available)]));
}

async function run<Row extends object>(connectionString: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
