import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { Problem } from '../../src/platform/problem.js';
import { Rejection } from '../support/errors.js';
import type { PaymentTables } from './tables.js';

/**
 * The simulated cards, by token. `tok_slow` is slow to authorize. With `tok_flaky`, the first calls of each order and operation
 * fail. All other tokens are declined.
 */
const cards = {
  tok_ok: 'good',
  tok_slow: 'good',
  tok_flaky: 'good',
  tok_declined: 'declined',
  tok_review: 'flagged',
  tok_fraud: 'fraud',
} as const;
type Card = (typeof cards)[keyof typeof cards] | 'unknown';

const slowMs = 3_000;
const flakyFailures = 2;

export function cardOf(token: string | undefined): Card {
  return Object.entries(cards).find(([name]) => name === token)?.[1] ?? 'unknown';
}

/**
 * @param screen whether flagged cards are rejected, too.
 * @throws {Rejection} payment_declined, fraud_rejected.
 */
export function checkCard(token: string, screen: boolean): void {
  const card = cardOf(token);
  if (card === 'fraud' || (card === 'flagged' && screen)) {
    throw new Rejection('fraud_rejected', 'The card was rejected by the risk screen');
  }
  if (card === 'declined' || card === 'unknown') throw new Rejection('payment_declined', 'The card was declined');
}

/** Waits for a slow card. If the caller disconnects meanwhile, the authorization is made anyway, as in a real card network. */
export async function waitForCard(token: string): Promise<void> {
  if (token === 'tok_slow') await sleep(slowMs);
}

/**
 * Counts a call with a flaky card. The count is stored even if the call fails.
 *
 * @throws {Problem} 500 for the first two calls of an order and operation.
 */
export async function failIfFlaky(
  db: Kysely<PaymentTables>,
  call: { orderId: string; operation: string; token: string | undefined },
): Promise<void> {
  if (call.token !== 'tok_flaky') return;
  const { calls } = await db
    .insertInto('flaky_calls')
    .values({ order_id: call.orderId, operation: call.operation, calls: 1 })
    .onConflict((conflict) =>
      conflict.columns(['order_id', 'operation']).doUpdateSet((row) => ({ calls: row('flaky_calls.calls', '+', 1) })),
    )
    .returning('calls')
    .executeTakeFirstOrThrow();
  if (calls <= flakyFailures) {
    throw new Problem(500, 'card_network_error', `The card network failed (call ${calls} of this ${call.operation})`);
  }
}

/** @returns tok_flaky if the order has used it. */
export async function tokenOfOrder(db: Kysely<PaymentTables>, orderId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('authorizations')
    .select('token')
    .where('order_id', '=', orderId)
    .where('token', '=', 'tok_flaky')
    .limit(1)
    .executeTakeFirst();
  return row?.token ?? undefined;
}
