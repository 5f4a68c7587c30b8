import type { AllocatedParcel } from './contract.js';
import { hold, reserveExpired } from './reserve.js';
import { isLive, lockOrder, parcelsOf, released, setState, type Tx } from './order-pieces.js';
import { LockedStock } from './stock.js';

/**
 * Sells what is reserved, what expired included where all of it is there still.
 *
 * @throws {Rejection} out_of_stock, reservation_released (also after uncommit, and when nothing was ever reserved).
 */
export async function commit(tx: Tx, orderId: string): Promise<{ parcels: AllocatedParcel[] }> {
  const order = await lockOrder(tx, orderId);
  const live = order.pieces.filter(isLive);
  if (order.reservation.released || order.reservation.uncommitted || live.length === 0) throw released(order);
  const stock = await LockedStock.lock(
    tx,
    live.map(({ sku }) => sku),
  );
  await reserveExpired(tx, stock, order);
  await setState(
    tx,
    stock,
    order.pieces.filter(({ state }) => state === 'reserved'),
    'committed',
  );
  await stock.save(tx);
  await tx.updateTable('reservations').set({ expires_at: null }).where('order_id', '=', orderId).execute();
  return { parcels: parcelsOf(order) };
}

/** Undo of commit: what is sold of the order, or of one parcel, is reserved again for as long as it was before. */
export async function uncommit(tx: Tx, orderId: string, shipmentId?: string): Promise<Record<string, never>> {
  const order = await lockOrder(tx, orderId);
  const sold = order.pieces.filter(
    (piece) => piece.state === 'committed' && (shipmentId ? piece.shipment_id === shipmentId : !piece.lost),
  );
  const stock = await LockedStock.lock(
    tx,
    sold.map(({ sku }) => sku),
  );
  await setState(tx, stock, sold, 'reserved');
  await stock.save(tx);
  await tx.updateTable('reservations').set({ uncommitted: true }).where('order_id', '=', orderId).execute();
  if (sold.length > 0) await hold(tx, order);
  return {};
}
