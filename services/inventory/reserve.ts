import { Rejection } from '../support/errors.js';
import { allocate, totals, type Share } from './allocate.js';
import type { ReservationAnswer } from './contract.js';
import {
  held,
  isLive,
  outOfStock,
  parcelsOf,
  released,
  removePieces,
  reserveShares,
  setState,
  shortOf,
  type OrderPieces,
} from './order-pieces.js';
import type { Line } from './tables.js';

/**
 * Reserves each line, or as much of it as is in stock. Pieces that the order has reserved before are given back first. An order
 * that is sold does not change.
 *
 * @throws {Rejection} unknown_sku, out_of_stock (nothing is left of a line), reservation_released.
 */
export function reserve(order: OrderPieces, lines: Line[], holdMs: number): ReservationAnswer {
  const { reservation, stock } = order;
  if (reservation.released) throw released(order);
  if (order.pieces.some(({ state }) => state === 'committed')) return answer(order);
  const unknown = lines.filter(({ sku }) => !stock.has(sku));
  if (unknown.length > 0) {
    throw new Rejection('unknown_sku', `Unknown sku: ${unknown.map(({ sku }) => sku).join(', ')}`);
  }
  removePieces(order, order.pieces);
  const shares = find(order, lines);
  rejectEmpty(lines, shares);
  reserveShares(order, shares);
  reservation.wanted = lines;
  reservation.hold_ms = holdMs;
  return hold(order);
}

/**
 * Extends the hold of the reserved pieces. It never shortens it: two steps of an order may wait at once, each until its own deadline.
 * Expired pieces are reserved again if all of them are still in stock.
 *
 * @throws {Rejection} out_of_stock, reservation_released.
 */
export function renew(order: OrderPieces, holdMs: number): ReservationAnswer {
  const { reservation, pieces, now } = order;
  const live = pieces.filter(isLive);
  if (reservation.released || live.length === 0) throw released(order);
  if (live.some(({ state }) => state === 'committed')) return answer(order);
  reserveExpired(order);
  reservation.hold_ms = Math.max(reservation.hold_ms, holdMs);
  return hold(order, Math.max(Date.parse(reservation.expires_at ?? '') || 0, now + holdMs));
}

/**
 * Reserves the expired pieces again: in the same warehouses, or else where they are now.
 *
 * @throws {Rejection} out_of_stock unless every piece is still in stock: the order counts on all of them.
 */
export function reserveExpired(order: OrderPieces): void {
  const { stock } = order;
  const expired = order.pieces.filter((piece) => isLive(piece) && piece.state === 'expired');
  if (expired.length === 0) return;
  if (expired.every((piece) => stock.available(piece.sku, piece.warehouse) >= held(piece))) {
    return setState(order, expired, 'reserved');
  }
  const lines = [...totals(expired)].map(([sku, quantity]) => ({ sku, quantity }));
  removePieces(order, expired);
  const shares = find(order, lines);
  if (order.short.length > 0) throw outOfStock(order.short);
  reserveShares(order, shares);
}

function find(order: OrderPieces, lines: Line[]): Share[] {
  const shares = allocate(lines, order.stock.levels);
  order.short.push(...shortOf(lines, totals(shares)).map(({ sku }) => sku));
  return shares;
}

function rejectEmpty(lines: Line[], shares: Share[]): void {
  const found = totals(shares);
  const nothing = lines.filter(({ sku }) => !found.has(sku));
  if (nothing.length > 0) throw outOfStock(nothing.map(({ sku }) => sku));
}

/**
 * Stores how long the order is held.
 *
 * @param until in ms since the epoch; by default, the order's own hold time from now on.
 */
export function hold(order: OrderPieces, until = order.now + order.reservation.hold_ms): ReservationAnswer {
  order.reservation.expires_at = new Date(until).toISOString();
  return answer(order);
}

/** The current reservation of the order. Sold pieces do not expire: they are answered as if the hold began now. */
export function answer(order: OrderPieces): ReservationAnswer {
  const parcels = parcelsOf(order);
  const { wanted, hold_ms: holdMs, expires_at } = order.reservation;
  return {
    parcels,
    short: shortOf(wanted, totals(parcels.flatMap(({ lines }) => lines))).filter((line) => line.reserved > 0),
    expiresAt: new Date(expires_at ?? order.now + holdMs).toISOString(),
  };
}
