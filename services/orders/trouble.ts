import { sql, type RawBuilder } from 'kysely';
import type { AnswerOf } from '../support/operation.js';
import type { Db } from '../support/database.js';
import type { ordersContract } from './contract.js';
import { isOverdue, isStuck, type TroubleGroup } from './order-filter.js';

type Trouble = AnswerOf<typeof ordersContract.listTrouble>['items'][number];

interface Row extends Omit<Trouble, 'atStake'> {
  currency: string;
  total: number;
}

const mostExamples = 5;

/** Groups the orders that are stuck or overdue by their cause, the largest group first. It reads the orders in trouble alone. */
export async function readTrouble(db: Db, shopId: string | undefined): Promise<Trouble[]> {
  const those = (kind: TroubleGroup['kind'], condition: RawBuilder<unknown>, since: RawBuilder<unknown>) => sql`
    select ${sql.lit(kind)} as kind, coalesce(hold_step, '') as step, coalesce(hold_code, '') as code,
      coalesce(hold_service, '') as service, ${since} as since, order_id, coalesce(currency, '') as currency, total
    from orders
    where view is not null and ${condition} ${shopId === undefined ? sql`` : sql`and shop_id = ${shopId}`}`;
  const { rows } = await sql<Row>`
    select kind, step, code, service, currency, count(*) as orders, coalesce(sum(total), 0)::bigint as total,
      min(since) as since, max(since) as newest, (array_agg(order_id order by since, order_id))[1:${sql.lit(mostExamples)}] as examples
    from (
      ${those('stuck', isStuck, sql`coalesce(stuck_since, placed_at)`)} union all ${those('overdue', isOverdue, sql`due_at`)}
    ) as troubled
    group by kind, step, code, service, currency`.execute(db);
  return [...grouped(rows).values()].sort((a, b) => b.orders - a.orders);
}

/** One group for each cause: the rows are by currency besides. */
function grouped(rows: readonly Row[]): Map<string, Trouble> {
  const groups = new Map<string, Trouble>();
  for (const { currency, total, ...row } of rows) {
    const cause = JSON.stringify([row.kind, row.step, row.code, row.service]);
    const atStake = currency === '' ? [] : [{ currency, total }];
    const known = groups.get(cause);
    if (!known) {
      groups.set(cause, { ...row, atStake });
      continue;
    }
    known.orders += row.orders;
    known.since = known.since < row.since ? known.since : row.since;
    known.newest = known.newest > row.newest ? known.newest : row.newest;
    known.atStake.push(...atStake);
    known.examples = [...known.examples, ...row.examples].slice(0, mostExamples);
  }
  return groups;
}
