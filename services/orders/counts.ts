import { sql } from 'kysely';
import type { Db } from '../support/database.js';

/** How many orders have each status: the sum of the rows that the writes have added (see the migration `004_order_counts`). */
export async function readCounts(db: Db): Promise<Record<string, number>> {
  const { rows } = await sql<{ status: string; orders: number }>`
    select status, sum(orders)::bigint as orders from order_counts group by status having sum(orders) <> 0`.execute(db);
  return Object.fromEntries(rows.map(({ status, orders }) => [status, orders]));
}

/** Replaces the rows of each status by their sum. Writes of the same moment add theirs unhindered. */
export async function foldCounts(db: Db): Promise<void> {
  await replaceCounts(
    db,
    sql`
      with folded as (delete from order_counts returning status, orders)
      insert into order_counts select status, sum(orders) from folded group by status having sum(orders) <> 0`,
  );
}

/** Counts all orders again, in case that somebody has changed the tables by hand. */
export async function recount(db: Db): Promise<void> {
  // One statement sees one moment: writes that it does not count keep their rows.
  await replaceCounts(
    db,
    sql`
      with replaced as (delete from order_counts)
      insert into order_counts select status, count(*) from orders where status is not null group by status`,
  );
}

/** One at a time: the second statement would not see the rows that the first one has inserted meanwhile. */
async function replaceCounts(db: Db, statement: ReturnType<typeof sql>): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock('order_counts'::regclass::oid::bigint)`.execute(tx);
    await statement.execute(tx);
  });
}
