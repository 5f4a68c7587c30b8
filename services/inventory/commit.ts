import type { AllocatedParcel } from './contract.js';
import { isLive, parcelsOf, piecesIn, released, setState, type OrderPieces } from './order-pieces.js';
import { hold, reserveExpired } from './reserve.js';

/**
 * Sells the reserved pieces, and expired ones if all of them are still in stock.
 *
 * @throws {Rejection} out_of_stock, reservation_released (also after an uncommit, and if nothing was ever reserved).
 */
export function commit(order: OrderPieces): { parcels: AllocatedParcel[] } {
  const { reservation } = order;
  if (reservation.released || reservation.uncommitted || !order.pieces.some(isLive)) throw released(order);
  reserveExpired(order);
  const reserved = order.pieces.filter(({ state }) => state === 'reserved');
  setState(order, reserved, 'committed');
  reservation.expires_at = null;
  return { parcels: parcelsOf(order) };
}

/** The undo of commit: the sold pieces of the order, or of one parcel, are reserved again for the original hold time. */
export function uncommit(order: OrderPieces, shipmentId?: string): Record<string, never> {
  const sold = piecesIn(order, shipmentId).filter(({ state }) => state === 'committed');
  setState(order, sold, 'reserved');
  order.reservation.uncommitted = true;
  if (sold.length > 0) hold(order);
  return {};
}
