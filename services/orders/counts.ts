import { sql } from 'kysely';
import { orderStatuses, type OrderStatus } from '../../contracts/statuses.js';
import type { Db } from '../support/database.js';
import type { AnswerOf } from '../support/operation.js';
import type { ordersContract } from './contract.js';
import { found, isByStatus, type OrderFilter } from './order-filter.js';

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

/** Counting stops at so many orders of a status, or of a filter, so that its cost has a bound. */
const mostCounted = 10_000;

type Counts = AnswerOf<typeof ordersContract.countOrders>;

/** How many of the orders that match have each status, and how many are stuck or overdue. */
export async function countFound(db: Db, filter: OrderFilter): Promise<Counts> {
  const { status: wanted = [...orderStatuses], ...rest } = filter;
  const isWhole = filter.status === undefined && Object.values(rest).every((value) => value === undefined);
  const counting = isWhole ? exactly(db) : isByStatus(rest) ? eachStatus(db, rest, wanted) : together(db, rest, wanted);
  const [counted, overdue] = await Promise.all([counting, countOverdue(db, rest)]);
  const byStatus = Object.fromEntries(orderStatuses.map((status) => [status, counted.byStatus[status] ?? 0]));
  const isBounded = counted.reached || overdue >= mostCounted;
  return { byStatus, stuck: byStatus.needs_attention ?? 0, overdue, exact: !isBounded };
}

interface Counted {
  byStatus: Record<string, number>;
  /** Whether it stopped at the bound. */
  reached: boolean;
}

async function exactly(db: Db): Promise<Counted> {
  return { byStatus: await readCounts(db), reached: false };
}

async function eachStatus(db: Db, filter: OrderFilter, wanted: readonly OrderStatus[]): Promise<Counted> {
  const counts = wanted.map((status) => {
    const { from } = found(filter, status);
    return sql`select ${status}::text as status, (select count(*) from (select 1 from ${from} limit ${mostCounted}) as c) as orders`;
  });
  const { rows } = await sql<{ status: string; orders: number }>`${sql.join(counts, sql` union all `)}`.execute(db);
  const byStatus = Object.fromEntries(rows.map(({ status, orders }) => [status, orders]));
  return { byStatus, reached: rows.some(({ orders }) => orders >= mostCounted) };
}

async function together(db: Db, filter: OrderFilter, wanted: readonly OrderStatus[]): Promise<Counted> {
  const { from } = found(filter);
  const { rows } = await sql<{ status: OrderStatus; orders: number }>`
    select status, count(*) as orders from (select status from ${from} limit ${mostCounted}) as c group by status`.execute(
    db,
  );
  const all = rows.reduce((sum, { orders }) => sum + orders, 0);
  const byStatus = Object.fromEntries(
    rows.filter(({ status }) => wanted.includes(status)).map(({ status, orders }) => [status, orders]),
  );
  return { byStatus, reached: all >= mostCounted };
}

async function countOverdue(db: Db, filter: OrderFilter): Promise<number> {
  const { from } = found({ ...filter, trouble: 'overdue' });
  const { rows } = await sql<{ orders: number }>`
    select count(*) as orders from (select 1 from ${from} limit ${mostCounted}) as c`.execute(db);
  return rows[0]!.orders;
}
