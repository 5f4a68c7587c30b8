import { sql, type Kysely } from 'kysely';
import { Rejection } from '../support/errors.js';
import { cardOf } from './cards.js';
import type { Tx } from './ledger.js';
import type { PaymentTables } from './tables.js';

interface Screened {
  orderId: string;
  shopId: string;
  customerId: string;
  amount: number;
  currency: string;
  token?: string | undefined;
}

/**
 * Screens an order by its card, and by the customer's orders in this shop today (UTC, same currency).
 *
 * @throws {Rejection} fraud_rejected
 */
export async function screen(tx: Tx, order: Screened): Promise<{ outcome: 'pass' | 'review'; reason?: string }> {
  const card = cardOf(order.token);
  if (card === 'fraud') throw new Rejection('fraud_rejected', 'The card was rejected by the risk screen');
  const today = await addToDay(tx, order);
  const limit = await dailyLimit(tx);
  if (card === 'flagged') return { outcome: 'review', reason: 'The card is flagged' };
  if (limit !== null && today > limit) {
    return { outcome: 'review', reason: `The customer's orders of today exceed the limit of ${limit}` };
  }
  return { outcome: 'pass' };
}

/** @returns the customer's total of the day with this order. An order that is screened again counts once, on its first day. */
async function addToDay(tx: Tx, order: Screened): Promise<number> {
  // Without the lock, two orders at the same moment would not see each other, and both would pass.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${order.shopId}/${order.customerId}`}, 0))`.execute(tx);
  const { rows } = await sql<{ day: string }>`
    insert into screenings (order_id, shop_id, customer_id, day, currency, amount)
    values (${order.orderId}, ${order.shopId}, ${order.customerId}, (now() at time zone 'utc')::date, ${order.currency}, ${order.amount})
    on conflict (order_id) do update set amount = excluded.amount, currency = excluded.currency
    returning day::text`.execute(tx);
  const sum = await sql<{ total: number }>`
    select coalesce(sum(amount), 0)::bigint as total from screenings
    where shop_id = ${order.shopId} and customer_id = ${order.customerId} and currency = ${order.currency}
      and day = ${rows[0]?.day}::date`.execute(tx);
  return sum.rows[0]?.total ?? 0;
}

/** @returns minor units; null: no limit. */
export async function dailyLimit(db: Kysely<PaymentTables>): Promise<number | null> {
  const rules = await db.selectFrom('screening_rules').select('daily_limit').executeTakeFirstOrThrow();
  return rules.daily_limit;
}

export async function setDailyLimit(db: Kysely<PaymentTables>, limit: number | null): Promise<void> {
  await db.updateTable('screening_rules').set({ daily_limit: limit }).execute();
}
