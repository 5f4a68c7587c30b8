import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table screenings (
      order_id text primary key,
      shop_id text not null,
      customer_id text not null,
      day date not null,
      currency text not null,
      amount bigint not null
    )`.execute(db);
  await sql`create index screenings_of_customer on screenings (shop_id, customer_id, day)`.execute(db);
  // Always exactly one row.
  await sql`
    create table screening_rules (
      singleton boolean primary key default true check (singleton),
      daily_limit bigint
    )`.execute(db);
  await sql`insert into screening_rules default values`.execute(db);
}
