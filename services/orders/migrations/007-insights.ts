import { sql, type Kysely } from 'kysely';

/**
 * How long orders and their steps took, by the hour in which the order ended. A publication that ends an order adds one row to
 * `order_ends`, once in the life of the order; many of them are measured together later (see services/orders/insights.ts).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table orders add column is_measured boolean not null default false`.execute(db);
  await sql`create table order_ends (order_id text collate "C" not null)`.execute(db);
  await sql`
    create table hourly_measures (
      process text not null,
      hour timestamptz not null,
      version integer not null,
      subject text not null,
      bucket smallint not null,
      count bigint not null,
      total_ms bigint not null,
      attempts bigint not null,
      critical bigint not null,
      primary key (process, hour, version, subject, bucket)
    )`.execute(db);

  await sql`
    create function note_end() returns trigger language plpgsql as $$
    begin
      insert into order_ends (order_id) values (new.order_id);
      new.is_measured := true;
      return new;
    end $$`.execute(db);
  await sql`
    create trigger note_end before update on orders for each row
    when (new.status in ('completed', 'cancelled', 'failed') and not new.is_measured) execute function note_end()`.execute(
    db,
  );
  // A trigger before an insert would also run when the insert turns out to be an update. So the row is touched again: an order that ends
  // with its first publication is rare.
  await sql`
    create function note_first_end() returns trigger language plpgsql as $$
    begin
      update orders set is_measured = false where order_id = new.order_id;
      return null;
    end $$`.execute(db);
  await sql`
    create trigger note_first_end after insert on orders for each row
    when (new.status in ('completed', 'cancelled', 'failed')) execute function note_first_end()`.execute(db);
}
