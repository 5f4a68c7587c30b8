import type { Adjustment, LineQuantity, Money, OrderLine } from './order.js';

/**
 * Money of an order and of its parts. Integers of minor units throughout; products stay below 2^53 only as BigInt, so shares are
 * divided as BigInt. Parts round toward zero and the remainder goes to the first part, so parts always sum to the whole.
 */

export function goodsValue(lines: readonly OrderLine[]): Money {
  return lines.reduce((sum, l) => sum + l.quantity * l.unitPrice, 0);
}

export function adjustmentsSum(adjustments: readonly Adjustment[]): Money {
  return adjustments.reduce((sum, a) => sum + a.amount, 0);
}

export function orderTotal(order: {
  lines: readonly OrderLine[];
  shippingFee: Money;
  adjustments?: readonly Adjustment[];
}): Money {
  return goodsValue(order.lines) + order.shippingFee + adjustmentsSum(order.adjustments ?? []);
}

/** `whole` x `part` / `all`, rounded toward zero; 0 where `all` is 0. */
export function proportion(whole: Money, part: Money, all: Money): Money {
  return all === 0 ? 0 : Number((BigInt(whole) * BigInt(part)) / BigInt(all));
}

/** The order after some pieces could not be had: adjustments shrink with the goods' value, the fee stays whole. */
export function shrink<Line extends OrderLine>(
  placed: { lines: readonly Line[]; shippingFee: Money; adjustments: readonly Adjustment[] },
  quantities: ReadonlyMap<string, number>,
): { lines: Line[]; adjustments: Adjustment[]; total: Money } {
  const lines = placed.lines.map((l) => ({ ...l, quantity: quantities.get(l.sku) ?? 0 })).filter((l) => l.quantity > 0);
  const [all, left] = weights(placed.lines, lines);
  const adjustments = placed.adjustments.map((a) => ({ ...a, amount: proportion(a.amount, left, all) }));
  return { lines, adjustments, total: orderTotal({ lines, shippingFee: placed.shippingFee, adjustments }) };
}

/** Goods' value, or quantity where the goods are worth nothing. */
function weights(all: readonly OrderLine[], part: readonly OrderLine[]): [number, number] {
  const value = goodsValue(all);
  if (value !== 0) return [value, goodsValue(part)];
  const pieces = (lines: readonly OrderLine[]) => lines.reduce((sum, l) => sum + l.quantity, 0);
  return [pieces(all), pieces(part)];
}

/** Each parcel's share of the total: its lines, and its part of fee and adjustments. The first parcel takes the remainder. */
export function parcelShares(
  order: { lines: readonly OrderLine[]; shippingFee: Money; adjustments: readonly Adjustment[] },
  parcels: readonly { lines: readonly LineQuantity[] }[],
): Money[] {
  const rest = order.shippingFee + adjustmentsSum(order.adjustments);
  const shares = parcels.map((parcel) => {
    const lines = priced(order.lines, parcel.lines);
    const [all, part] = weights(order.lines, lines);
    return goodsValue(lines) + proportion(rest, part, all);
  });
  let remainder = orderTotal(order) - shares.reduce((sum, s) => sum + s, 0);
  // A discount can leave a remainder below zero; a parcel of free goods cannot bear it, so the next one does.
  for (let i = 0; i < shares.length && remainder !== 0; i += 1) {
    const taken = Math.max(remainder, -shares[i]!);
    shares[i]! += taken;
    remainder -= taken;
  }
  return shares;
}

/**
 * The sum that is due for all pieces received back so far: their price with their part of the adjustments. Once everything that was
 * delivered is back it is all that was paid for it, the fee included. A return refunds what is due with it, less what was refunded
 * before, so refunds sum to the same whatever the order the pieces come in.
 *
 * @param delivered pieces that reached the customer, by sku
 * @param received pieces that came back, by sku; never more than were delivered
 * @param paid what was captured, less what was refunded for parcels that did not arrive
 */
export function dueForReceived(
  order: { lines: readonly OrderLine[]; adjustments: readonly Adjustment[] },
  delivered: ReadonlyMap<string, number>,
  received: ReadonlyMap<string, number>,
  paid: Money,
): Money {
  if ([...delivered].every(([sku, quantity]) => (received.get(sku) ?? 0) >= quantity)) return paid;
  const part = priced(
    order.lines,
    [...received].map(([sku, quantity]) => ({ sku, quantity })),
  );
  const [all, value] = weights(order.lines, part);
  const due = goodsValue(part) + proportion(adjustmentsSum(order.adjustments), value, all);
  return Math.max(0, Math.min(due, paid));
}

function priced(lines: readonly OrderLine[], quantities: readonly LineQuantity[]): OrderLine[] {
  const bySku = new Map(lines.map((l) => [l.sku, l]));
  return quantities.flatMap((q) => {
    const line = bySku.get(q.sku);
    return line ? [{ ...line, quantity: q.quantity }] : [];
  });
}
