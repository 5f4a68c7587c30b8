import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { Problem } from '../../src/platform/problem.js';
import type { Db } from '../support/database.js';
import { Rejection } from '../support/errors.js';

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

/**
 * Waits for a slow card. If the caller disconnects meanwhile, the authorization is made anyway, as in a real card network.
 *
 * @returns whether it has waited.
 */
export async function waitForCard(token: string): Promise<boolean> {
  const ms = slownessOf(token);
  if (ms > 0) await sleep(ms);
  return ms > 0;
}

/** How long a card takes to be authorized, in ms. */
export function slownessOf(token: string): number {
  return token === 'tok_slow' ? slowMs : 0;
}

/**
 * Counts a call with a flaky card. The count is stored even if the call fails.
 *
 * @throws {Problem} 500 for the first two calls of an order and operation.
 */
export async function failIfFlaky(
  db: Db,
  call: { orderId: string; operation: string; tokens: (string | null | undefined)[] },
): Promise<void> {
  if (!isFlaky(call.tokens)) return;
  const { rows } = await sql<{ calls: number }>`
    insert into flaky_calls (order_id, operation, calls) values (${call.orderId}, ${call.operation}, 1)
    on conflict (order_id, operation) do update set calls = flaky_calls.calls + 1
    returning calls`.execute(db);
  checkNetwork(call.operation, rows[0]?.calls ?? 0);
}

export function isFlaky(tokens: readonly (string | null | undefined)[]): boolean {
  return tokens.includes('tok_flaky');
}

/**
 * @param calls how often the operation was called for the order, with this call.
 * @throws {Problem} 500 for the first two calls.
 */
export function checkNetwork(operation: string, calls: number): void {
  if (calls <= flakyFailures) {
    throw new Problem(500, 'card_network_error', `The card network failed (call ${calls} of this ${operation})`);
  }
}
