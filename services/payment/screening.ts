import { sql } from 'kysely';
import type { Db } from '../support/database.js';
import { Rejection } from '../support/errors.js';
import type { Effect, Outcome } from '../support/idempotency.js';
import { cardOf } from './cards.js';

interface Screened {
  orderId: string;
  shopId: string;
  customerId: string;
  amount: number;
  currency: string;
  token?: string | undefined;
}

interface Before {
  day: string;
  dailyLimit: number | null;
  /** The total of the customer's orders of the day. */
  total: number;
  /** Whether the order is one of them. */
  isCounted: boolean;
}

/** The query of the customer's day: today (UTC), or the day on which the order was screened first. */
export const screenedBefore = ({ orderId, shopId, customerId, currency }: Screened) => sql<Before>`
  select day::text, daily_limit as "dailyLimit", is_counted as "isCounted", coalesce((
    select amount from screening_days d where shop_id = ${shopId} and customer_id = ${customerId}
      and currency = ${currency} and d.day = this.day
  ), 0) as total
  from screening_rules, (
    select coalesce(min(day), (now() at time zone 'utc')::date) as day, count(*) > 0 as is_counted
    from screenings where order_id = ${orderId}
  ) this`;

/**
 * Screens an order by its card, and by the customer's orders in this shop today (UTC, same currency). An order that is screened again
 * counts once, on its first day.
 *
 * @throws {Rejection} fraud_rejected
 */
export function screen(order: Screened, before: Before): Outcome<{ outcome: 'pass' | 'review'; reason?: string }> {
  const card = cardOf(order.token);
  if (card === 'fraud') throw new Rejection('fraud_rejected', 'The card was rejected by the risk screen');
  const { dailyLimit: limit, day, isCounted } = before;
  const total = before.total + (isCounted ? 0 : order.amount);
  const isAbove = limit !== null && total > limit;
  const answer =
    card === 'flagged'
      ? { outcome: 'review' as const, reason: 'The card is flagged' }
      : isAbove
        ? { outcome: 'review' as const, reason: `The customer's orders of today exceed the limit of ${limit}` }
        : { outcome: 'pass' as const };
  return isCounted ? { answer } : { answer, effect: count(order, day, limit, isAbove) };
}

/** Two orders at the same moment both count: one of them decides again where the other has taken the total across the limit. */
function count(order: Screened, day: string, limit: number | null, isAbove: boolean): Effect {
  const { orderId, shopId, customerId, amount, currency } = order;
  return sql`
    changed as (
      insert into screening_days as d (shop_id, customer_id, day, currency, amount)
      values (${shopId}, ${customerId}, ${day}, ${currency}, ${amount})
      on conflict (shop_id, customer_id, day, currency) do update set amount = d.amount + excluded.amount
      where coalesce(d.amount + excluded.amount > ${limit}::bigint, false) = ${isAbove}
      returning day
    ),
    screening as (
      insert into screenings (order_id, shop_id, customer_id, day, currency, amount)
      select ${orderId}, ${shopId}, ${customerId}, day, ${currency}, ${amount}::bigint from changed
    )`;
}

/** @returns minor units; null: no limit. */
export async function dailyLimit(db: Db): Promise<number | null> {
  const { rows } = await sql<{ limit: number | null }>`select daily_limit as limit from screening_rules`.execute(db);
  return rows[0]!.limit;
}

export async function setDailyLimit(db: Db, limit: number | null): Promise<void> {
  await sql`update screening_rules set daily_limit = ${limit}`.execute(db);
}
