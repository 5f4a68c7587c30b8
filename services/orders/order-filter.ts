import { sql, type RawBuilder } from 'kysely';
import type { OrderStatus } from '../../contracts/statuses.js';
import type { QueryOf } from '../support/operation.js';
import type { ordersContract } from './contract.js';

export type OrderFilter = QueryOf<typeof ordersContract.countOrders>;
export type TroubleGroup = NonNullable<OrderFilter['group']>[number];

export const isStuck = sql`status = 'needs_attention'`;
/** An order that is stuck is not overdue besides: it is in one group alone. */
export const isOverdue = sql`due_at < now() and status <> 'needs_attention'`;

/** Orders as a list reads them, newest first by `placed`, then by `order_id`. */
export interface Found {
  from: RawBuilder<unknown>;
  /** The column with the time of placing, which the list is sorted by. */
  placed: RawBuilder<unknown>;
}

/** The orders that match a filter. With one status or none: an index is sorted by the time of placing for each status. */
export function found(filter: Omit<OrderFilter, 'status'>, status?: OrderStatus): Found {
  const conditions = conditionsOf(filter, status);
  const trouble = troubleOf(filter);
  if (filter.sku !== undefined) {
    const { sku, shopId } = filter;
    const all = [sql`s.sku = ${sku}`, shopId !== undefined && sql`s.shop = ${shopId}`, trouble, ...conditions];
    return {
      from: sql`order_skus s join orders using (order_id) where ${joined([...all, ...times(filter, sql`placed`)])}`,
      placed: sql`placed`,
    };
  }
  const placed = sql`placed_at`;
  const rest = joined([...conditions, ...times(filter, placed)]);
  if (!trouble) return { from: sql`orders where ${rest}`, placed };
  // Few orders are in trouble, and many may have been placed since. `offset 0` keeps the planner from looking for them newest first.
  return {
    from: sql`(select * from orders where view is not null and ${trouble} offset 0) as troubled where ${rest}`,
    placed,
  };
}

/** Whether counting can walk an index of each status: no filter but the shop and the time of placing. */
export function isByStatus({
  shopId: _,
  placedAfter: _a,
  placedBefore: _b,
  status: _s,
  ...rest
}: OrderFilter): boolean {
  return Object.values(rest).every((value) => value === undefined);
}

function conditionsOf(filter: Omit<OrderFilter, 'status'>, status: OrderStatus | undefined): Condition[] {
  const { shopId, orderId, customerId, reference, failureCode, step } = filter;
  return [
    sql`view is not null`,
    orderId !== undefined && sql`order_id = ${orderId}`,
    shopId !== undefined && sql`shop_id = ${shopId}`,
    status !== undefined && sql`status = ${status}`,
    customerId !== undefined && sql`customer_id = ${customerId}`,
    reference !== undefined && sql`reference = ${reference}`,
    failureCode !== undefined && sql`failure_code = ${failureCode}`,
    step !== undefined && sql`step = ${step}`,
  ];
}

function troubleOf({ trouble, group }: Omit<OrderFilter, 'status'>): RawBuilder<unknown> | undefined {
  const kind = trouble === 'any' ? sql`(${isStuck} or due_at < now())` : trouble && conditionOf(trouble);
  const ofGroups = group && sql`(${sql.join(group.map(ofGroup), sql` or `)})`;
  return kind || ofGroups ? joined([kind, ofGroups]) : undefined;
}

function ofGroup({ kind, step, code, service }: TroubleGroup): RawBuilder<unknown> {
  return sql`(${conditionOf(kind)} and coalesce(hold_step, '') = ${step}
    and coalesce(hold_code, '') = ${code} and coalesce(hold_service, '') = ${service})`;
}

function conditionOf(kind: TroubleGroup['kind']): RawBuilder<unknown> {
  return kind === 'stuck' ? isStuck : isOverdue;
}

function times({ placedAfter, placedBefore }: Omit<OrderFilter, 'status'>, placed: RawBuilder<unknown>): Condition[] {
  return [
    placedAfter !== undefined && sql`${placed} >= ${new Date(placedAfter)}`,
    placedBefore !== undefined && sql`${placed} < ${new Date(placedBefore)}`,
  ];
}

type Condition = RawBuilder<unknown> | false | undefined;

function joined(conditions: readonly Condition[]): RawBuilder<unknown> {
  const given = conditions.filter((condition) => condition !== undefined && condition !== false);
  return sql.join(given, sql` and `);
}
