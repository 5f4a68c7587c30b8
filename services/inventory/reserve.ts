import { sql, type RawBuilder } from 'kysely';
import { Rejection } from '../support/errors.js';
import { allocate, totals, type Share } from './allocate.js';
import type { ReservationAnswer } from './contract.js';
import { expireHolders } from './expiry.js';
import {
  addPieces,
  held,
  isLive,
  lockOrder,
  outOfStock,
  parcelsOf,
  released,
  removePieces,
  setState,
  shortOf,
  type OrderPieces,
  type Tx,
} from './order-pieces.js';
import { LockedStock } from './stock.js';
import type { Line } from './tables.js';

/**
 * Reserves each line, or as much of it as is in stock. Pieces that the order has reserved before are given back first. An order
 * that is sold does not change.
 *
 * @throws {Rejection} unknown_sku, out_of_stock (nothing is left of a line), reservation_released.
 */
export async function reserve(
  tx: Tx,
  { orderId, lines, holdMs }: { orderId: string; lines: Line[]; holdMs: number },
): Promise<ReservationAnswer> {
  const order = await lockOrder(tx, orderId);
  if (order.reservation.released) throw released(order);
  if (order.pieces.some(({ state }) => state === 'committed')) return answer(tx, order);
  const stock = await LockedStock.lock(tx, [...lines, ...order.pieces]);
  const unknown = lines.filter(({ sku }) => !stock.has(sku));
  if (unknown.length > 0) {
    throw new Rejection('unknown_sku', `Unknown sku: ${unknown.map(({ sku }) => sku).join(', ')}`);
  }
  await removePieces(tx, stock, order, order.pieces);
  const shares = await allocateOrExpire(tx, stock, order, lines);
  rejectEmpty(lines, shares);
  await addPieces(tx, stock, order, shares);
  await stock.save(tx);
  order.reservation.wanted = lines;
  order.reservation.hold_ms = holdMs;
  return hold(tx, order);
}

/**
 * Extends the hold of the reserved pieces. It never shortens it: two steps of an order may wait at once, each until its own deadline.
 * Expired pieces are reserved again if all of them are still in stock.
 *
 * @throws {Rejection} out_of_stock, reservation_released.
 */
export async function renew(tx: Tx, orderId: string, holdMs: number): Promise<ReservationAnswer> {
  const order = await lockOrder(tx, orderId);
  const live = order.pieces.filter(isLive);
  if (order.reservation.released || live.length === 0) throw released(order);
  if (live.some(({ state }) => state === 'committed')) return answer(tx, order);
  const stock = await LockedStock.lock(tx, live);
  await reserveExpired(tx, stock, order);
  await stock.save(tx);
  order.reservation.hold_ms = Math.max(order.reservation.hold_ms, holdMs);
  return hold(tx, order, sql<Date>`greatest(expires_at, ${expiry(holdMs)})`);
}

/**
 * Reserves the expired pieces again: in the same warehouses, or else where they are now.
 *
 * @throws {Rejection} out_of_stock unless every piece is still in stock: the order counts on all of them.
 */
export async function reserveExpired(tx: Tx, stock: LockedStock, order: OrderPieces): Promise<void> {
  const expired = order.pieces.filter((piece) => isLive(piece) && piece.state === 'expired');
  if (expired.length === 0) return;
  if (expired.every((piece) => stock.available(piece.sku, piece.warehouse) >= held(piece))) {
    return setState(tx, stock, expired, 'reserved');
  }
  const lines = [...totals(expired)].map(([sku, quantity]) => ({ sku, quantity }));
  await removePieces(tx, stock, order, expired);
  const shares = await allocateOrExpire(tx, stock, order, lines);
  rejectShort(lines, shares);
  await addPieces(tx, stock, order, shares);
}

async function allocateOrExpire(tx: Tx, stock: LockedStock, order: OrderPieces, lines: Line[]): Promise<Share[]> {
  const shares = allocate(lines, stock.levels);
  const short = shortOf(lines, totals(shares)).map(({ sku }) => sku);
  if (short.length === 0 || !(await expireHolders(tx, stock, short, order.orderId))) return shares;
  return allocate(lines, stock.levels);
}

function rejectEmpty(lines: Line[], shares: Share[]): void {
  const found = totals(shares);
  const nothing = lines.filter(({ sku }) => !found.has(sku));
  if (nothing.length > 0) throw outOfStock(nothing.map(({ sku }) => sku));
}

function rejectShort(lines: Line[], shares: Share[]): void {
  const short = shortOf(lines, totals(shares));
  if (short.length > 0) throw outOfStock(short.map(({ sku }) => sku));
}

/**
 * Stores what the order wants, and how long it is held.
 *
 * @param until by default, the order's own hold time from now on.
 */
export async function hold(tx: Tx, order: OrderPieces, until?: RawBuilder<Date>): Promise<ReservationAnswer> {
  const { wanted, hold_ms: holdMs } = order.reservation;
  const { expires_at } = await tx
    .updateTable('reservations')
    .set({ wanted: JSON.stringify(wanted), hold_ms: holdMs, expires_at: until ?? expiry(holdMs) })
    .where('order_id', '=', order.orderId)
    .returning('expires_at')
    .executeTakeFirstOrThrow();
  order.reservation.expires_at = expires_at;
  return answer(tx, order);
}

/** From the time at which the lock of the order was granted: `now()` is the start of the transaction, which may have waited for the lock. */
function expiry(holdMs: number) {
  return sql<Date>`clock_timestamp() + ${holdMs} * interval '1 millisecond'`;
}

/** The current reservation of the order. Sold pieces do not expire: they are answered as if the hold began now. */
export async function answer(tx: Tx, order: OrderPieces): Promise<ReservationAnswer> {
  const parcels = parcelsOf(order);
  const { wanted, hold_ms: holdMs, expires_at } = order.reservation;
  const until = expires_at ?? (await sql<{ at: Date }>`select ${expiry(holdMs)} as at`.execute(tx)).rows[0]?.at;
  if (!until) throw new Error('The database returned no time');
  return {
    parcels,
    short: shortOf(wanted, totals(parcels.flatMap(({ lines }) => lines))).filter((line) => line.reserved > 0),
    expiresAt: until.toISOString(),
  };
}
