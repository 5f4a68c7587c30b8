import pMap from 'p-map';
import type { Money } from '../../../contracts/order.js';
import { orderIdFor } from '../../../src/temporal/ids.js';
import { type Http } from '../http.js';
import type { OrderPlan } from './plan.js';
import { piecesOf, type Inventory, type ReservationLine } from './stock.js';

/** What a quantity should be after the recorded statuses, and what the services say. */
export interface Compared {
  expected: number;
  found: number;
}

/** How money and stock compare with the log. */
export interface BalanceSheet {
  /** Cents. */
  money: { captured: Compared; refunded: Compared; net: Compared; authorized: Compared };
  /** Pieces that the played orders hold. */
  pieces: { committed: Compared; reserved: Compared };
  /** How the stock of the log's products changed while the orders were played. It must change as their reservations do. */
  moved: { available: Compared; reserved: Compared; committed: Compared };
  /** Order id in the log, or product, and what is different. */
  differences: { reference: string; reason: string }[];
}

interface Sums {
  authorized: Money;
  captured: Money;
  refunded: Money;
}

/** An order as the payment and the inventory service see it. */
export interface OrderAccounts {
  plan: OrderPlan;
  payment: Sums;
  reservations: readonly ReservationLine[];
}

/** Sums of the orders at the payment service; zeros for an order that it does not know. */
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
 * Compares what the services store with what the recorded statuses mean, for each order and each product.
 *
 * @param books the accounts of all played orders.
 * @param before the inventory before the first order, after its stock was set.
 * @param after the inventory at the end.
 */
export function balanceOf(books: readonly OrderAccounts[], before: Inventory, after: Inventory): BalanceSheet {
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

/** Stock levels and reservations must agree: a product's levels change as the reservations of its orders do. */
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
      differences.push({ reference: sku, reason: `stock: ${wrong.join('; ')} (or others bought it at the same time)` });
    }
  }
  return moved;
}

function heldIn({ reservations }: Inventory): Record<'reserved' | 'committed', Map<string, number>> {
  const all = [...reservations.values()].flat();
  return { reserved: heldOf(all, 'reserved'), committed: heldOf(all, 'committed') };
}

/** Pieces of each product in a state, without the restocked ones. */
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
