import { sql } from 'kysely';
import type { OrderView } from '../../contracts/order.js';
import type { Db } from '../support/database.js';
import type { AnswerOf, QueryOf } from '../support/operation.js';
import type { deskContract } from './desk-contract.js';
import { added, quantile } from './measures.js';

type Insights = AnswerOf<typeof deskContract.getInsights>;
type Overview = AnswerOf<typeof deskContract.getOverview>;

const ordersAtOnce = 200;
/** A reader measures so many orders first, at most. The newest ones may be missing then, until the next reader. */
const mostRounds = 10;
/** Counting stops at so many orders, so that its cost has a bound. */
const mostPlaced = 200_000;

/**
 * Measures the orders that have ended since the last time. Each order is measured once: what is measured is deleted from the list in the
 * same transaction.
 *
 * @returns whether more orders may be left.
 */
export function measureEnds(db: Db): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    // One at a time: two would wait for each other's rows, in different orders.
    await sql`select pg_advisory_xact_lock('hourly_measures'::regclass::oid::bigint)`.execute(tx);
    const { rows } = await sql<{ view: OrderView }>`
      with taken as (
        delete from order_ends where ctid in (select ctid from order_ends limit ${ordersAtOnce}) returning order_id
      )
      select view from taken join orders using (order_id)`.execute(tx);
    if (rows.length === 0) return false;
    const measures = added(rows.map(({ view }) => view));
    const each = <T>(column: (row: (typeof measures)[number]) => T) => measures.map(column);
    await sql`
      insert into hourly_measures as m (process, hour, version, subject, bucket, count, total_ms, attempts, critical)
      select * from unnest(
        ${each((m) => m.process)}::text[], ${each((m) => m.hour)}::timestamptz[], ${each((m) => m.version)}::integer[],
        ${each((m) => m.subject)}::text[], ${each((m) => m.bucket)}::smallint[], ${each((m) => m.count)}::bigint[],
        ${each((m) => m.totalMs)}::bigint[], ${each((m) => m.attempts)}::bigint[], ${each((m) => m.critical)}::bigint[]
      )
      on conflict (process, hour, version, subject, bucket) do update set
        count = m.count + excluded.count, total_ms = m.total_ms + excluded.total_ms,
        attempts = m.attempts + excluded.attempts, critical = m.critical + excluded.critical`.execute(tx);
    return rows.length === ordersAtOnce;
  });
}

interface BucketRow {
  subject: string;
  bucket: number;
  count: number;
  total_ms: number;
  attempts: number;
  critical: number;
}

/** How long the orders and their steps took that ended in a time. */
export async function readInsights(
  db: Db,
  { process, version, from, to }: QueryOf<typeof deskContract.getInsights>,
): Promise<Insights> {
  for (let round = 0; round < mostRounds && (await measureEnds(db)); round += 1);
  const { rows } = await sql<BucketRow>`
    select subject, bucket, sum(count)::bigint as count, sum(total_ms)::bigint as total_ms,
      sum(attempts)::bigint as attempts, sum(critical)::bigint as critical
    from hourly_measures
    where process = ${process} and hour >= ${from}::timestamptz and hour < ${to}::timestamptz
      ${version === undefined ? sql`` : sql`and version = ${version}`}
    group by subject, bucket`.execute(db);
  const bySubject = new Map<string, BucketRow[]>();
  for (const row of rows) bySubject.set(row.subject, [...(bySubject.get(row.subject) ?? []), row]);
  return { subjects: [...bySubject].map(([subject, buckets]) => ({ subject, ...summed(buckets) })) };
}

function summed(buckets: readonly BucketRow[]) {
  const sum = (column: 'count' | 'total_ms' | 'attempts' | 'critical') =>
    buckets.reduce((total, row) => total + row[column], 0);
  return {
    count: sum('count'),
    p50Ms: quantile(buckets, 0.5),
    p95Ms: quantile(buckets, 0.95),
    totalMs: sum('total_ms'),
    attempts: sum('attempts'),
    critical: sum('critical'),
  };
}

/** Where the open orders are, and how many were placed in each of the last 60 minutes. */
export async function readOverview(db: Db): Promise<Overview> {
  const placed = sql<{ at: string; orders: number }>`
    select date_trunc('minute', placed_at) as at, count(*) as orders
    from (
      select placed_at from orders
      where view is not null and placed_at >= date_trunc('minute', now()) - interval '59 minutes'
      limit ${mostPlaced}
    ) as recent
    group by 1 order by 1`;
  const inFlight = sql<{ step: string; orders: number }>`
    select step, count(*) as orders from orders where step is not null group by step order by orders desc`;
  const retrying = sql<{ step: string; code: string; service: string | null; orders: number }>`
    select hold_step as step, hold_code as code, hold_service as service, count(*) as orders from orders
    where hold_code is not null and status <> 'needs_attention' group by 1, 2, 3 order by orders desc`;
  const [minutes, steps, retried] = await Promise.all([placed.execute(db), inFlight.execute(db), retrying.execute(db)]);
  return { placed: minutes.rows, inFlight: steps.rows, retrying: retried.rows };
}
