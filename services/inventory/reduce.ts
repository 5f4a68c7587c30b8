import { totals } from './allocate.js';
import type { ReservationAnswer } from './contract.js';
import { held, isLive, released, type OrderPieces } from './order-pieces.js';
import { answer } from './reserve.js';
import { columnOf } from './stock.js';
import type { Line } from './tables.js';

/**
 * Lowers the wanted quantities, and gives back what the order has beyond them: the smallest pieces first, so that it needs fewer
 * parcels. A sku that the order does not have, or a quantity that is not lower, changes nothing.
 *
 * @throws {Rejection} reservation_released
 */
export function reduce(order: OrderPieces, lines: Line[]): ReservationAnswer {
  const { reservation } = order;
  const live = order.pieces.filter(isLive);
  if (reservation.released || live.length === 0) throw released(order);
  const has = totals(live.map((piece) => ({ sku: piece.sku, quantity: held(piece) })));
  for (const { sku, quantity } of lines) giveBack(order, sku, (has.get(sku) ?? 0) - quantity);
  const target = new Map(lines.map(({ sku, quantity }) => [sku, quantity]));
  reservation.wanted = reservation.wanted.map(({ sku, quantity }) => ({
    sku,
    quantity: Math.min(quantity, target.get(sku) ?? quantity),
  }));
  return answer(order);
}

function giveBack(order: OrderPieces, sku: string, quantity: number): void {
  let over = quantity;
  const own = order.pieces.filter((piece) => isLive(piece) && piece.sku === sku);
  for (const piece of own.sort((a, b) => held(a) - held(b) || (a.warehouse < b.warehouse ? 1 : -1))) {
    const back = Math.min(over, held(piece));
    if (back <= 0) continue;
    over -= back;
    order.stock.move(piece, columnOf(piece.state), 'available', back);
    piece.quantity -= back;
    order.changed.add(piece);
  }
  order.pieces = order.pieces.filter((piece) => piece.quantity > 0);
}
