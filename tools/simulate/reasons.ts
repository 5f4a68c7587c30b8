import type { Observation, Run } from '../check/observation.js';
import type { LivedLife } from './world/life.js';

/** What the simulation verifies besides the checker: it knows what everybody in the world wanted. */
export const reasonInvariant = {
  invariant: 'fails-for-a-reason',
  formula:
    'failed: out_of_stock => wanted > stock, or another order wants the same; unknown_sku, payment_declined and fraud_rejected => the order, the card or an operator is so; no other code. An order whose call came after its own undo does not wait for long',
};

/**
 * In liveness the checker could only say that an order waits for somebody. The simulation knows that somebody has been there. Its operators
 * repeat what failed; an order that needs another decision waits for it.
 */
export const endInvariant = {
  invariant: 'ends-at-last',
  formula:
    'faults have stopped, and people have looked after what was stuck => every order has ended or needs a decision, and no other run is open',
};

const ends = ['completed', 'cancelled', 'failed', 'needs_attention'];

/** Orders of a life whose faults have stopped that have not ended all the same, and runs that are still open. */
export function withoutEnd({ observation }: Pick<LivedLife, 'observation'>): { orderId: string; what: string }[] {
  const { settledForMs, runs = [], book = [] } = observation;
  if (settledForMs === undefined) return [];
  const shown = new Map(book.map(({ orderId, view }) => [orderId, view?.status]));
  const needsDecision = (orderId: string) => shown.get(orderId) === 'needs_attention';
  const open = runs.filter(
    ({ status, type, orderId }) => status === 'running' && !(type === 'processOrder' && needsDecision(orderId)),
  );
  const unended = runs.filter(
    ({ type, orderId }) => type === 'processOrder' && !ends.includes(shown.get(orderId) ?? ''),
  );
  return [
    ...open.map(({ orderId, workflowId }) => ({ orderId, what: `${workflowId} is open` })),
    ...unended.map(({ orderId }) => ({ orderId, what: `it is ${shown.get(orderId) ?? 'not in the book'}` })),
  ];
}

/**
 * How services reject a call that comes after its undo. The stop that made the undo comes again, and ends the order. A capture after it would
 * mean that a parcel has left which had been called back.
 */
const afterUndo = new Set(['reservation_released', 'payment_voided', 'booking_cancelled', 'capture_refused']);

/** Orders that failed, or were left to an operator, although nothing in the world was a reason for it. */
export function withoutReason({ observation }: Pick<LivedLife, 'observation'>): { orderId: string; what: string }[] {
  const runs = (observation.runs ?? []).filter(({ type }) => type === 'processOrder');
  return runs.flatMap((run) => {
    const held = run.status === 'running' ? run.view?.failure?.code : undefined;
    if (held && afterUndo.has(held)) return [{ orderId: run.orderId, what: `it waits with ${held}, for no reason` }];
    const code = run.status === 'failed' ? run.failure : undefined;
    if (code === undefined || !run.placed || hasReason(code, run, run.placed, observation)) return [];
    return [{ orderId: run.orderId, what: `it failed with ${code}, for no reason` }];
  });
}

function hasReason(
  code: string,
  run: Run,
  placed: NonNullable<Run['placed']>,
  { inventory, runs = [], answers = [] }: Observation,
): boolean {
  const stock = inventory?.stock ?? [];
  const { token = '' } = placed.payment;
  switch (code) {
    case 'out_of_stock': {
      const isShort = placed.lines.some(({ sku, quantity }) => {
        const levels = stock.filter((row) => row.sku === sku);
        return levels.reduce((sum, { initial = 0 }) => sum + initial, 0) < quantity;
      });
      return isShort || runs.some(({ type, orderId }) => type === 'processOrder' && orderId !== run.orderId);
    }
    case 'unknown_sku':
      return placed.lines.some(({ sku }) => !stock.some((row) => row.sku === sku));
    case 'payment_declined':
      return token === 'tok_declined';
    case 'fraud_rejected': {
      const isRejected = answers.some(
        ({ orderId, name, sent }) =>
          orderId === run.orderId && name === 'review' && (sent as { decision?: string }).decision === 'reject',
      );
      return token === 'tok_fraud' || isRejected;
    }
    default:
      return false;
  }
}
