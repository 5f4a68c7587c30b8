import { sql } from 'kysely';
import { totals } from './allocate.js';
import type { ReservationAnswer } from './contract.js';
import { held, isLive, lockOrder, released, updateReservation, type OrderPieces, type Tx } from './order-pieces.js';
import { answer } from './reserve.js';
import { columnOf, LockedStock } from './stock.js';
import type { Line } from './tables.js';

/**
 * Lowers the wanted quantities, and gives back what the order has beyond them: the smallest pieces first, so that it needs fewer
 * parcels. A sku that the order does not have, or a quantity that is not lower, changes nothing.
 *
 * @throws {Rejection} reservation_released
 */
export async function reduce(tx: Tx, orderId: string, lines: Line[]): Promise<ReservationAnswer> {
  const order = await lockOrder(tx, orderId);
  const live = order.pieces.filter(isLive);
  if (order.reservation.released || live.length === 0) throw released(order);
  const stock = await LockedStock.lock(tx, live);
  const has = totals(live.map((piece) => ({ sku: piece.sku, quantity: held(piece) })));
  for (const { sku, quantity } of lines) await giveBack(tx, stock, order, sku, (has.get(sku) ?? 0) - quantity);
  await stock.save(tx);
  const target = new Map(lines.map(({ sku, quantity }) => [sku, quantity]));
  const wanted = order.reservation.wanted.map(({ sku, quantity }) => ({
    sku,
    quantity: Math.min(quantity, target.get(sku) ?? quantity),
  }));
  order.reservation.wanted = wanted;
  await updateReservation(tx, orderId, { wanted: JSON.stringify(wanted) });
  return answer(tx, order);
}

async function giveBack(tx: Tx, stock: LockedStock, order: OrderPieces, sku: string, quantity: number): Promise<void> {
  let over = quantity;
  const own = order.pieces.filter((piece) => isLive(piece) && piece.sku === sku);
  for (const piece of own.sort((a, b) => held(a) - held(b) || (a.warehouse < b.warehouse ? 1 : -1))) {
    const back = Math.min(over, held(piece));
    if (back <= 0) continue;
    over -= back;
    stock.move(piece, columnOf(piece.state), 'available', back);
    piece.quantity -= back;
    const here = sql`order_id = ${order.orderId} and shipment_id = ${piece.shipment_id} and sku = ${sku}`;
    if (piece.quantity === 0) await sql`delete from pieces where ${here}`.execute(tx);
    else await sql`update pieces set quantity = ${piece.quantity} where ${here}`.execute(tx);
  }
  order.pieces = order.pieces.filter((piece) => piece.quantity > 0);
}
