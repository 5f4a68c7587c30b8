import { sql, type Kysely } from 'kysely';

/**
 * How many orders have each status, so that no reader counts all orders. The number of a status is the sum of its rows: a write only adds
 * rows, so no write waits for another, and old versions of a busy row do not slow it down. `foldCounts` makes one row of many.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table order_counts (status text not null, orders bigint not null)`.execute(db);
  await sql`
    create function count_order() returns trigger language plpgsql as $$
    begin
      insert into order_counts (status, orders)
      select status, orders from (values (new.status, 1), (old.status, -1)) as moved (status, orders)
      where status is not null;
      return null;
    end $$`.execute(db);
  // From here to the end of the migration, nobody writes to the table of orders.
  await sql`
    create trigger count_new_order after insert on orders for each row
    when (new.status is not null) execute function count_order()`.execute(db);
  await sql`
    create trigger count_moved_order after update on orders for each row
    when (old.status is distinct from new.status) execute function count_order()`.execute(db);
  await sql`
    insert into order_counts (status, orders)
    select status, count(*) from orders where status is not null group by status`.execute(db);
}
