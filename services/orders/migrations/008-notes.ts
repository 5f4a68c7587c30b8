import { sql, type Kysely } from 'kysely';

/** What operators write down about an order. A note never changes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table order_notes (
      id text collate "C" primary key,
      order_id text collate "C" not null,
      number bigint generated always as identity,
      at timestamptz(3) not null default now(),
      by_name text not null,
      text text not null
    )`.execute(db);
  await sql`create index order_notes_by_order on order_notes (order_id, number)`.execute(db);
}
