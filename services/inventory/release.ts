import { lockOrder, piecesIn, setState, updateReservation, type Tx } from './order-pieces.js';
import { LockedStock } from './stock.js';

/**
 * The undo of reserve: gives back all pieces of the order or of one parcel, reserved or sold. It leaves a tombstone: nothing can
 * be reserved for the order (or the parcel) afterwards. A lost parcel is given back only by its own shipment id.
 */
export async function release(tx: Tx, orderId: string, shipmentId?: string): Promise<Record<string, never>> {
  const order = await lockOrder(tx, orderId);
  const given = piecesIn(order, shipmentId).filter(({ state }) => state !== 'released');
  const stock = await LockedStock.lock(tx, given);
  await setState(tx, stock, given, 'released');
  await stock.save(tx);
  const { released_parcels } = order.reservation;
  await updateReservation(tx, orderId, {
    ...(shipmentId === undefined
      ? { released: true }
      : { released_parcels: [...new Set([...released_parcels, shipmentId])] }),
    ...(order.pieces.some(({ state }) => state === 'reserved') ? {} : { expires_at: null }),
  });
  return {};
}
