import { piecesIn, sellNothingAgain, setState, type OrderPieces } from './order-pieces.js';

/**
 * The undo of reserve: gives back all pieces of the order or of one parcel, reserved or sold. It leaves a tombstone: nothing can
 * be reserved for the order (or the parcel) afterwards. A lost parcel is given back only by its own shipment id.
 */
export function release(order: OrderPieces, shipmentId?: string): Record<string, never> {
  const { reservation } = order;
  const given = piecesIn(order, shipmentId).filter(({ state }) => state !== 'released');
  setState(order, given, 'released');
  if (shipmentId === undefined) reservation.released = true;
  else reservation.released_parcels = [...new Set([...reservation.released_parcels, shipmentId])];
  if (!order.pieces.some(({ state }) => state === 'reserved')) reservation.expires_at = null;
  return {};
}

/** The undo of replace: gives back what was sold again for a lost parcel. Nothing can be sold again for it afterwards. */
export function releaseReplacement(order: OrderPieces, lostId: string): Record<string, never> {
  const given = order.pieces.filter(
    ({ replaces, lost, state }) => replaces === lostId && !lost && state !== 'released',
  );
  setState(order, given, 'released');
  sellNothingAgain(order, lostId);
  return {};
}
