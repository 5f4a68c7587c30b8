import type { Adjustment, LineQuantity, Money, OrderLine } from './order.js';

/**
 * The money of an order and of its parts, in integers of minor units. A product can exceed 2^53, so shares are computed with BigInt. Parts
 * are rounded toward zero and the first part takes the remainder, so the parts always add up to the whole.
 */

/** The largest amount and the largest total, in minor units. */
export const largestAmount = 1_000_000_000_000;

export function goodsValue(lines: readonly OrderLine[]): Money {
  return lines.reduce((sum, l) => sum + l.quantity * l.unitPrice, 0);
}

function adjustmentsSum(adjustments: readonly Adjustment[]): Money {
  return adjustments.reduce((sum, a) => sum + a.amount, 0);
}

export function orderTotal(order: {
  lines: readonly OrderLine[];
  shippingFee: Money;
  adjustments?: readonly Adjustment[];
}): Money {
  return goodsValue(order.lines) + order.shippingFee + adjustmentsSum(order.adjustments ?? []);
}

/** `whole` x `part` / `all`, rounded toward zero; 0 when `all` is 0. */
export function proportion(whole: Money, part: Money, all: Money): Money {
  return all === 0 ? 0 : Number((BigInt(whole) * BigInt(part)) / BigInt(all));
}

/** The order with smaller quantities: its adjustments shrink in proportion to the value of the goods, and the shipping fee stays. */
export function shrink<Line extends OrderLine>(
  placed: { lines: readonly Line[]; shippingFee: Money; adjustments: readonly Adjustment[] },
  quantities: ReadonlyMap<string, number>,
): { lines: Line[]; adjustments: Adjustment[]; total: Money } {
  const lines = placed.lines.map((l) => ({ ...l, quantity: quantities.get(l.sku) ?? 0 })).filter((l) => l.quantity > 0);
  const [all, left] = weights(placed.lines, lines);
  const adjustments = placed.adjustments.map((a) => ({ ...a, amount: proportion(a.amount, left, all) }));
  return { lines, adjustments, total: orderTotal({ lines, shippingFee: placed.shippingFee, adjustments }) };
}

/** The values of both sets of lines, or their quantities when all goods are free. */
function weights(all: readonly OrderLine[], part: readonly OrderLine[]): [number, number] {
  const value = goodsValue(all);
  if (value !== 0) return [value, goodsValue(part)];
  const pieces = (lines: readonly OrderLine[]) => lines.reduce((sum, l) => sum + l.quantity, 0);
  return [pieces(all), pieces(part)];
}

/** Each parcel's share of the total: its lines and its part of the fee and the adjustments. The first parcel takes the remainder. */
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
  // A discount can make the remainder negative. A share cannot go below zero, so the next parcel takes what is left of the remainder.
  for (let i = 0; i < shares.length && remainder !== 0; i += 1) {
    const taken = Math.max(remainder, -shares[i]!);
    shares[i]! += taken;
    remainder -= taken;
  }
  return shares;
}

/**
 * The amount due to the customer for all pieces received back so far: their price and their share of the adjustments. When everything that
 * was delivered is back, the amount is all that was paid for it, including the fee. A return refunds the amount that is due now, less what was refunded
 * before, so the refunds add up to the same sum in whichever order the pieces come back.
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
