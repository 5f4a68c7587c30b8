import { returnRefund } from '../contracts/money.js';
import type { LineQuantity, Money, ReturnView } from '../contracts/order.js';
import type { ReturnStatus } from '../contracts/statuses.js';
import type { ReturnableOrder } from '../activities/orders.js';

/** One return: what comes back, what it is worth, and how far it is. */
export class Return {
  status: ReturnStatus = 'requested';
  refunded: Money = 0;

  constructor(
    readonly id: string,
    readonly order: ReturnableOrder,
    readonly lines: LineQuantity[],
    readonly reason: string,
    readonly requestedAt: string,
    /** What it gives back, fixed when it was requested. */
    readonly amount: Money,
    readonly needsReview: boolean,
  ) {}

  view(): ReturnView {
    const { id, status, lines, reason, refunded, requestedAt } = this;
    return { id, status, lines, reason, refunded, requestedAt };
  }
}

/** A return that is settled or under way, as later ones have to count it. */
export interface CountedReturn {
  status: ReturnStatus;
  lines: readonly LineQuantity[];
  amount: Money;
}

/** Pieces of each sku that arrived and have not been sent back. */
export function leftToReturn(order: ReturnableOrder, others: readonly CountedReturn[]): Map<string, number> {
  const left = new Map<string, number>();
  for (const { lines } of order.delivered) for (const l of lines) left.set(l.sku, (left.get(l.sku) ?? 0) + l.quantity);
  for (const other of counted(others))
    for (const l of other.lines) left.set(l.sku, (left.get(l.sku) ?? 0) - l.quantity);
  return left;
}

/** Why these lines cannot be returned; empty where they can. Skus are told apart before: each comes once. */
export function excessOf(
  order: ReturnableOrder,
  lines: readonly LineQuantity[],
  others: readonly CountedReturn[],
): { path: string; message: string }[] {
  const left = leftToReturn(order, others);
  return lines.flatMap((l, i) => {
    const most = left.get(l.sku);
    if (most === undefined) {
      return [
        { path: `/lines/${i}/sku`, message: `must be a delivered sku of this order: ${[...left.keys()].join(', ')}` },
      ];
    }
    return l.quantity > most
      ? [
          {
            path: `/lines/${i}/quantity`,
            message: `must be at most ${most}: what was delivered less what was returned`,
          },
        ]
      : [];
  });
}

/** What a return of these lines gives back, after all others. */
export function refundFor(
  order: ReturnableOrder,
  lines: readonly LineQuantity[],
  others: readonly CountedReturn[],
): Money {
  const left = leftToReturn(order, others);
  // What never arrived was paid back with its parcel, or never paid for: it counts as back.
  const back = new Map(order.lines.map((l) => [l.sku, l.quantity - (left.get(l.sku) ?? 0)]));
  const ownRefunds = order.refunded - order.returns.reduce((sum, r) => sum + r.refunded, 0);
  const before = counted(others).reduce((sum, r) => sum + r.amount, ownRefunds);
  return returnRefund(order, lines, back, order.captured, before);
}

function counted(returns: readonly CountedReturn[]): CountedReturn[] {
  return returns.filter((r) => r.status !== 'rejected');
}
