import { sql, type Kysely } from 'kysely';

/**
 * Bulks: one decision of an operator for many orders. The selection is stored with the bulk and never grows, so an order that was not
 * selected is never touched, and none is touched twice. `settled` numbers the results of all bulks in the order in which they came.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table bulks (
      id text collate "C" primary key,
      number bigint generated always as identity unique,
      fingerprint text not null,
      by_name text not null,
      shop_id text,
      command jsonb not null,
      selection jsonb not null,
      state text not null,
      created_at timestamptz(3) not null default now(),
      started_at timestamptz(3),
      ended_at timestamptz(3)
    )`.execute(db);
  await sql`create sequence bulk_settled`.execute(db);
  await sql`
    create table bulk_orders (
      bulk_id text collate "C" not null references bulks on delete cascade,
      number integer not null,
      order_id text collate "C" not null,
      status text,
      step text,
      result text not null,
      code text,
      message text,
      at timestamptz(3),
      settled bigint,
      primary key (bulk_id, number),
      unique (bulk_id, order_id)
    )`.execute(db);
  await sql`create index bulk_orders_by_result on bulk_orders (bulk_id, result, number)`.execute(db);
  await sql`create index bulk_orders_settled on bulk_orders (bulk_id, settled) where settled is not null`.execute(db);
}
