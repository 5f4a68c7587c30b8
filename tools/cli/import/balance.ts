import pMap from 'p-map';
import type { Money } from '../../../contracts/order.js';
import { orderIdFor } from '../../../src/temporal/ids.js';
import { type Http } from '../http.js';
import type { OrderPlan } from './plan.js';
import { piecesOf, type Inventory, type ReservationLine } from './stock.js';

/** What a quantity should be by the recorded statuses, and what the services say. */
export interface Compared {
  expected: number;
  found: number;
}

/** Whether the services agree with the recorded orders after an import. */
export interface BalanceSheet {
  /** Cents. */
  money: { captured: Compared; refunded: Compared; net: Compared; authorized: Compared };
  /** Pieces of the played orders. */
  pieces: { committed: Compared; reserved: Compared };
  /** How the stock of the log's products moved while the orders were played: as much as their reservations did. */
  moved: { available: Compared; reserved: Compared; committed: Compared };
  /** Order id in the log, or product, and what is off. */
  differences: { reference: string; reason: string }[];
}

interface Sums {
  authorized: Money;
  captured: Money;
  refunded: Money;
}

export interface Books {
  plan: OrderPlan;
  payment: Sums;
  reservations: readonly ReservationLine[];
}

/** Sums of the order at the payment service; zeros where it never heard of it. */
export async function readPayments(http: Http, shopId: string, plans: readonly OrderPlan[]): Promise<Sums[]> {
  const sumOf = async ({ reference }: OrderPlan): Promise<Sums> => {
    const path = `/v1/payments?orderId=${orderIdFor(shopId, reference)}`;
    const { body } = await http.send<{ items: Sums[] }>('payment', 'GET', path);
    return body.items.reduce(
      (sum, { authorized, captured, refunded }) => ({
        authorized: sum.authorized + authorized,
        captured: sum.captured + captured,
        refunded: sum.refunded + refunded,
      }),
      { authorized: 0, captured: 0, refunded: 0 },
    );
  };
  return pMap(plans, sumOf, { concurrency: 16 });
}

/**
 * Compares, order by order and product by product, what the services keep with what the recorded statuses imply.
 *
 * @param books of every played order.
 * @param before the inventory after stocking, before the first order.
 * @param after the inventory at the end.
 */
export function balanceOf(books: readonly Books[], before: Inventory, after: Inventory): BalanceSheet {
  const differences: BalanceSheet['differences'] = [];
  const money = { captured: none(), refunded: none(), net: none(), authorized: none() };
  const pieces = { committed: none(), reserved: none() };
  for (const { plan, payment, reservations } of books) {
    const wanted = plan.expected.payment;
    const wrong: string[] = [];
    for (const kind of ['authorized', 'captured', 'refunded'] as const) {
      add(money[kind], wanted[kind], payment[kind]);
      if (wanted[kind] !== payment[kind]) wrong.push(`${kind} ${payment[kind]} cents instead of ${wanted[kind]}`);
    }
    add(money.net, wanted.captured - wanted.refunded, payment.captured - payment.refunded);
    for (const state of ['committed', 'reserved'] as const) {
      const held = heldOf(reservations, state);
      for (const { sku, quantity } of plan.stock) {
        const expected = plan.expected.pieces === state ? quantity : 0;
        const found = held.get(sku) ?? 0;
        add(pieces[state], expected, found);
        if (expected !== found) wrong.push(`${found} of ${sku} ${state} instead of ${expected}`);
      }
    }
    if (wrong.length) differences.push({ reference: plan.reference, reason: wrong.join('; ') });
  }
  const moved = movesOf(before, after, differences);
  return { money, pieces, moved, differences };
}

/** Stock levels and reservations are two accounts of one thing: a product's levels move as its orders' reservations do. */
function movesOf(before: Inventory, after: Inventory, differences: BalanceSheet['differences']): BalanceSheet['moved'] {
  const moved = { available: none(), reserved: none(), committed: none() };
  const [heldBefore, heldAfter] = [heldIn(before), heldIn(after)];
  for (const [sku, levels] of after.levels) {
    const from = piecesOf(before.levels.get(sku));
    const to = piecesOf(levels);
    const reserved = (heldAfter.reserved.get(sku) ?? 0) - (heldBefore.reserved.get(sku) ?? 0);
    const committed = (heldAfter.committed.get(sku) ?? 0) - (heldBefore.committed.get(sku) ?? 0);
    const wrong: string[] = [];
    const wanted = { available: -(reserved + committed), reserved, committed };
    for (const kind of ['available', 'reserved', 'committed'] as const) {
      const found = to[kind] - from[kind];
      add(moved[kind], wanted[kind], found);
      if (found !== wanted[kind]) wrong.push(`${kind} moved by ${found} instead of ${wanted[kind]}`);
    }
    if (wrong.length) {
      differences.push({ reference: sku, reason: `stock: ${wrong.join('; ')} (unless others traded in it meanwhile)` });
    }
  }
  return moved;
}

function heldIn({ reservations }: Inventory): Record<'reserved' | 'committed', Map<string, number>> {
  const all = [...reservations.values()].flat();
  return { reserved: heldOf(all, 'reserved'), committed: heldOf(all, 'committed') };
}

/** Pieces by product in a state; those that were put back on the shelf are free again. */
function heldOf(lines: readonly ReservationLine[], state: 'reserved' | 'committed'): Map<string, number> {
  const held = new Map<string, number>();
  for (const line of lines) {
    if (line.state !== state) continue;
    held.set(line.sku, (held.get(line.sku) ?? 0) + line.quantity - line.restocked);
  }
  return held;
}

function none(): Compared {
  return { expected: 0, found: 0 };
}

function add(sum: Compared, expected: number, found: number): void {
  sum.expected += expected;
  sum.found += found;
}
