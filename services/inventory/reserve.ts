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
 * Reserves each line, or what there is of it. For an order that holds something already, what it holds is given back
 * first; what is sold already stays as it is.
 *
 * @throws {Rejection} unknown_sku, out_of_stock (a line that cannot be had at all), reservation_released.
 */
export async function reserve(
  tx: Tx,
  { orderId, lines, holdMs }: { orderId: string; lines: Line[]; holdMs: number },
): Promise<ReservationAnswer> {
  const order = await lockOrder(tx, orderId);
  if (order.reservation.released) throw released(order);
  if (order.pieces.some(({ state }) => state === 'committed')) return answer(tx, order);
  const stock = await LockedStock.lock(
    tx,
    [...lines, ...order.pieces].map(({ sku }) => sku),
  );
  const unknown = lines.filter(({ sku }) => !stock.has(sku));
  if (unknown.length > 0) {
    throw new Rejection('unknown_sku', `No such sku: ${unknown.map(({ sku }) => sku).join(', ')}`);
  }
  await removePieces(tx, stock, order, order.pieces);
  const shares = await allocateOrExpire(tx, stock, order, lines);
  refuseNothing(lines, shares);
  await addPieces(tx, stock, order, shares);
  await stock.save(tx);
  order.reservation.wanted = lines;
  order.reservation.hold_ms = holdMs;
  return hold(tx, order);
}

/**
 * Holds what is reserved for another while, never for less than it is held already: two steps of an order may wait at once, each for as long as
 * its own deadline. What expired is reserved again where all of it is there still.
 *
 * @throws {Rejection} out_of_stock, reservation_released.
 */
export async function renew(tx: Tx, orderId: string, holdMs: number): Promise<ReservationAnswer> {
  const order = await lockOrder(tx, orderId);
  const live = order.pieces.filter(isLive);
  if (order.reservation.released || live.length === 0) throw released(order);
  if (live.some(({ state }) => state === 'committed')) return answer(tx, order);
  const stock = await LockedStock.lock(
    tx,
    live.map(({ sku }) => sku),
  );
  await reserveExpired(tx, stock, order);
  await stock.save(tx);
  order.reservation.hold_ms = Math.max(order.reservation.hold_ms, holdMs);
  return hold(tx, order, sql<Date>`greatest(expires_at, ${expiry(holdMs)})`);
}

/**
 * Reserves again what expired: where it was, or else wherever it is now.
 *
 * @throws {Rejection} out_of_stock when not every piece is there any more: the order counts on all of them.
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
  refuseShort(lines, shares);
  await addPieces(tx, stock, order, shares);
}

async function allocateOrExpire(tx: Tx, stock: LockedStock, order: OrderPieces, lines: Line[]): Promise<Share[]> {
  const shares = allocate(lines, stock.levels);
  const short = shortOf(lines, totals(shares)).map(({ sku }) => sku);
  if (short.length === 0 || !(await expireHolders(tx, stock, short, order.orderId))) return shares;
  return allocate(lines, stock.levels);
}

function refuseNothing(lines: Line[], shares: Share[]): void {
  const had = totals(shares);
  const nothing = lines.filter(({ sku }) => !had.has(sku));
  if (nothing.length > 0) throw outOfStock(nothing.map(({ sku }) => sku));
}

function refuseShort(lines: Line[], shares: Share[]): void {
  const short = shortOf(lines, totals(shares));
  if (short.length > 0) throw outOfStock(short.map(({ sku }) => sku));
}

/**
 * Stores what the order wants and until when it is held.
 *
 * @param until anew for its own time, unless given.
 * @returns the order as it stands.
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

function expiry(holdMs: number) {
  return sql<Date>`now() + ${holdMs} * interval '1 millisecond'`;
}

/** The order as it stands. What is committed does not expire; it is answered as if held from now on. */
export async function answer(tx: Tx, order: OrderPieces): Promise<ReservationAnswer> {
  const parcels = parcelsOf(order);
  const { wanted, hold_ms: holdMs, expires_at } = order.reservation;
  const until = expires_at ?? (await sql<{ at: Date }>`select ${expiry(holdMs)} as at`.execute(tx)).rows[0]?.at;
  if (!until) throw new Error('no time came back');
  return {
    parcels,
    short: shortOf(wanted, totals(parcels.flatMap(({ lines }) => lines))).filter((line) => line.reserved > 0),
    expiresAt: until.toISOString(),
  };
}
