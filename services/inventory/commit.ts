import type { AllocatedParcel } from './contract.js';
import {
  isLive,
  lockOrder,
  parcelsOf,
  piecesIn,
  released,
  setState,
  updateReservation,
  type Tx,
} from './order-pieces.js';
import { hold, reserveExpired } from './reserve.js';
import { LockedStock } from './stock.js';

/**
 * Sells the reserved pieces, and expired ones if all of them are still in stock.
 *
 * @throws {Rejection} out_of_stock, reservation_released (also after an uncommit, and if nothing was ever reserved).
 */
export async function commit(tx: Tx, orderId: string): Promise<{ parcels: AllocatedParcel[] }> {
  const order = await lockOrder(tx, orderId);
  const live = order.pieces.filter(isLive);
  if (order.reservation.released || order.reservation.uncommitted || live.length === 0) throw released(order);
  const stock = await LockedStock.lock(tx, live);
  await reserveExpired(tx, stock, order);
  const reserved = order.pieces.filter(({ state }) => state === 'reserved');
  await setState(tx, stock, reserved, 'committed');
  await stock.save(tx);
  await updateReservation(tx, orderId, { expires_at: null });
  return { parcels: parcelsOf(order) };
}

/** The undo of commit: the sold pieces of the order, or of one parcel, are reserved again for the original hold time. */
export async function uncommit(tx: Tx, orderId: string, shipmentId?: string): Promise<Record<string, never>> {
  const order = await lockOrder(tx, orderId);
  const sold = piecesIn(order, shipmentId).filter(({ state }) => state === 'committed');
  const stock = await LockedStock.lock(tx, sold);
  await setState(tx, stock, sold, 'reserved');
  await stock.save(tx);
  await updateReservation(tx, orderId, { uncommitted: true });
  if (sold.length > 0) await hold(tx, order);
  return {};
}
