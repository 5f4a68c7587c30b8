import type { Line, PricedLine } from './observation.js';

/**
 * The money of parts, from the words of the contract: the goods of a part cost what its lines cost. Its part of the fee and of the
 * adjustments goes by the value of its goods, or by their number where the goods are free, and is rounded toward zero. The first part
 * takes what is left over, but none goes below zero.
 */
export interface Priced {
  lines: PricedLine[];
  shippingFee: number;
  adjustments: { amount: number }[];
  total: number;
}

/** What each parcel costs. The parcels are in the order of their warehouses. */
export function sharesOf(order: Priced, parcels: readonly { lines: Line[] }[]): number[] {
  const adjustments = sum(order.adjustments.map(({ amount }) => amount));
  const weight = weigh(order.lines);
  const whole = weight(order.lines);
  const shares = parcels.map(({ lines }) => {
    return worth(order.lines, lines) + part(order.shippingFee + adjustments, weight(lines), whole);
  });
  let left = order.total - sum(shares);
  for (const [index, share] of shares.entries()) {
    const taken = Math.max(left, -share);
    shares[index] = share + taken;
    left -= taken;
    if (left === 0) break;
  }
  return shares;
}

/**
 * What the customer gets back for everything that was received of returns so far.
 *
 * @param delivered pieces that reached the customer
 * @param received pieces that came back
 * @param paid what was captured, less what was paid back for parcels
 */
export function dueOf(order: Priced, delivered: readonly Line[], received: readonly Line[], paid: number): number {
  const came = quantities(received);
  if ([...quantities(delivered)].every(([sku, quantity]) => (came.get(sku) ?? 0) >= quantity)) return paid;
  const weight = weigh(order.lines);
  const adjustments = sum(order.adjustments.map(({ amount }) => amount));
  const due = worth(order.lines, received) + part(adjustments, weight(received), weight(order.lines));
  return Math.max(0, Math.min(due, paid));
}

function worth(prices: readonly PricedLine[], lines: readonly Line[]): number {
  return sum(lines.map(({ sku, quantity }) => quantity * (prices.find((line) => line.sku === sku)?.unitPrice ?? 0)));
}

/** How much goods weigh in an order: by their value, or by their number where all goods are free. */
function weigh(prices: readonly PricedLine[]): (lines: readonly Line[]) => number {
  if (worth(prices, prices) !== 0) return (lines) => worth(prices, lines);
  return (lines) => sum(lines.map(({ quantity }) => quantity));
}

function part(amount: number, weight: number, whole: number): number {
  return whole === 0 ? 0 : Number((BigInt(amount) * BigInt(weight)) / BigInt(whole));
}

function quantities(lines: readonly Line[]): Map<string, number> {
  const bySku = new Map<string, number>();
  for (const { sku, quantity } of lines) bySku.set(sku, (bySku.get(sku) ?? 0) + quantity);
  return bySku;
}

export function sum(amounts: readonly number[]): number {
  let total = 0;
  for (const amount of amounts) total += amount;
  return total;
}
