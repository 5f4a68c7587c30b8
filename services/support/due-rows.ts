import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';

/** A table of due work: its rows have an `id`, a `state`, `due_at` and `attempts`. */
export interface DueRows<Table extends string> {
  table: Table;
  /** The state of rows that are not done yet. */
  state: string;
}

/**
 * Claims up to `limit` rows that are due, the longest due first, and counts an attempt of each. They are due again in `leaseMs`; until then
 * no other claim gets them. Rows that another claim has locked are skipped.
 */
export async function claimDue<DB, Table extends keyof DB & string>(
  db: Kysely<DB> | Transaction<DB>,
  { table, state }: DueRows<Table>,
  { limit, leaseMs }: { limit: number; leaseMs: number },
): Promise<Selectable<DB[Table]>[]> {
  // A literal, not a parameter: only then does every query plan use the table's partial index.
  const { rows } = await sql<Selectable<DB[Table]>>`
    update ${sql.table(table)} set attempts = attempts + 1, due_at = now() + ${leaseMs} * interval '1 ms'
    where id in (
      select id from ${sql.table(table)} where state = ${sql.lit(state)} and due_at <= now()
      order by due_at limit ${limit} for update skip locked
    )
    returning *`.execute(db);
  return rows;
}

/**
 * Does work on a claimed row that may take longer than the lease: the lease is renewed until the work has ended. A renewal that fails (the
 * database is down) is tried again after the next third of the lease.
 */
export async function whileClaimed<DB, Table extends keyof DB & string, T>(
  db: Kysely<DB>,
  { table, state }: DueRows<Table>,
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

/** @returns ms until the next row is due, below zero when it is overdue; undefined when there is none. */
export async function untilNextDue<DB, Table extends keyof DB & string>(
  db: Kysely<DB>,
  { table, state }: DueRows<Table>,
): Promise<number | undefined> {
  const { rows } = await sql<{ ms: number | null }>`
    select ceil(extract(epoch from min(due_at) - clock_timestamp()) * 1000)::integer as ms
    from ${sql.table(table)} where state = ${sql.lit(state)}`.execute(db);
  return rows[0]?.ms ?? undefined;
}
