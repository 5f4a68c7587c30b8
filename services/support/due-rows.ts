import { sql, type RawBuilder } from 'kysely';
import type { Db } from './database.js';
import type { Claimed } from './due-work.js';

/** A table of due work: its rows have an `id`, a `state`, `due_at` and `attempts`. */
export interface DueRows {
  table: string;
  /** The state of rows that are not done yet. */
  state: string;
}

/** The ids of the rows that a claim takes. As an array, because the planner takes a subquery with a limit for a tenth of the table. */
export const claimedIds = sql`array(select id from due)`;

/**
 * Claims up to `limit` rows that are due, the longest due first. Rows that another claim has locked are skipped.
 *
 * @param claim common table expressions: they make the rows of `due` (see claimedIds) due again in a while, until which no other claim gets
 *   them, and `claimed` has what the work needs.
 */
export async function claimDue<Row>(
  db: Db,
  { table, state }: DueRows,
  limit: number,
  claim: RawBuilder<unknown>,
): Promise<Claimed<Row>> {
  // A literal, not a parameter: only then does every query plan use the table's partial index.
  const isOpen = sql`state = ${sql.lit(state)}`;
  const { rows } = await sql<Claimed<Row>>`
    with
      due as (
        select id from ${sql.table(table)} where ${isOpen} and due_at <= now()
        order by due_at limit ${limit} for update skip locked
      ),
      ${claim}
    select
      (select coalesce(json_agg(claimed), '[]') from claimed) as rows,
      case when (select count(*) from due) = ${limit} then 0 else (
        select ceil(extract(epoch from min(due_at) - clock_timestamp()) * 1000)::integer
        from ${sql.table(table)} where ${isOpen} and due_at > now()
      ) end as "nextInMs"`.execute(db);
  return rows[0] as Claimed<Row>;
}

/**
 * Does work on a claimed row that may take longer than the lease: the lease is renewed until the work has ended. A renewal that fails (the
 * database is down) is tried again after the next third of the lease.
 */
export async function whileClaimed<T>(
  db: Db,
  { table, state }: DueRows,
  { id, leaseMs }: { id: string; leaseMs: number },
  work: () => Promise<T>,
): Promise<T> {
  let renewal: Promise<unknown> = Promise.resolve();
  const renew = () =>
    sql`
      update ${sql.table(table)} set due_at = now() + ${leaseMs} * interval '1 ms'
      where id = ${id} and state = ${sql.lit(state)}`
      .execute(db)
      .catch(() => undefined);
  const timer = setInterval(() => {
    renewal = renewal.then(renew);
  }, leaseMs / 3);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    // A renewal in progress would overwrite what the caller stores next.
    await renewal;
  }
}
