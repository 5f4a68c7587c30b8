import { shipmentIdOf } from '../../contracts/ids.js';
import type { AllocatedParcel } from './contract.js';
import { addPieces, held, outOfStock, released, sellNothingAgain, type OrderPieces } from './order-pieces.js';
import type { Stock } from './stock.js';
import type { Piece } from './tables.js';

/**
 * Sells the lines of a lost parcel again, all from the first warehouse by name that has them. A second call for the same lost
 * parcel answers with the same replacement.
 *
 * @throws {Rejection} out_of_stock, reservation_released.
 */
export function replace(order: OrderPieces, lostId: string): { parcel: AllocatedParcel } {
  const lost = order.pieces.filter(
    (piece) => piece.shipment_id === lostId && piece.state === 'committed' && held(piece) > 0,
  );
  if (order.reservation.released || lost.length === 0) throw released(order);
  const before = order.pieces.filter(({ replaces }) => replaces === lostId);
  const isReleased = order.reservation.released_parcels.includes(lostId);
  if (isReleased || before.some(({ state }) => state === 'released')) throw released(order);
  if (before.length > 0) return { parcel: parcelOf(before) };

  const warehouse = warehouseWith(order.stock, lost);
  if (warehouse === undefined) {
    const skus = lost.map(({ sku }) => sku);
    order.short.push(...skus);
    throw outOfStock(skus);
  }
  const shipmentId = replacementId(order, warehouse, lostId);
  const pieces = lost.map((piece): Piece => ({
    ...piece,
    shipment_id: shipmentId,
    warehouse,
    quantity: held(piece),
    restocked: 0,
    replaces: lostId,
    lost: false,
  }));
  addPieces(order, pieces);
  for (const piece of order.pieces.filter(({ shipment_id }) => shipment_id === lostId)) {
    piece.lost = true;
    order.changed.add(piece);
  }
  return { parcel: parcelOf(pieces) };
}

/** Answers the replacement of a lost parcel. If there is none, none can be made afterwards. */
export function stopReplacing(order: OrderPieces, lostId: string): { parcel?: AllocatedParcel } {
  const sold = order.pieces.filter(({ replaces, state }) => replaces === lostId && state !== 'released');
  if (sold.length > 0) return { parcel: parcelOf(sold) };
  sellNothingAgain(order, lostId);
  return {};
}

function warehouseWith(stock: Stock, lost: readonly Piece[]): string | undefined {
  return [...new Set(stock.levels.map(({ warehouse }) => warehouse))]
    .sort()
    .find((warehouse) => lost.every((piece) => stock.available(piece.sku, warehouse) >= held(piece)));
}

/** The id of the first replacement ends in -2, the id of its replacement in -3, and so on. Ids that exist are skipped. */
function replacementId({ orderId, pieces, reservation }: OrderPieces, warehouse: string, lostId: string): string {
  const replacedBy = new Map(pieces.map(({ shipment_id, replaces }) => [shipment_id, replaces]));
  let number = 2;
  for (let before = replacedBy.get(lostId); before; before = replacedBy.get(before)) number++;
  const taken = new Set([...pieces.map(({ shipment_id }) => shipment_id), ...reservation.released_parcels]);
  const first = shipmentIdOf(orderId, warehouse);
  while (taken.has(`${first}-${number}`)) number++;
  return `${first}-${number}`;
}

function parcelOf(pieces: readonly Piece[]): AllocatedParcel {
  const [{ shipment_id: shipmentId, warehouse }] = pieces as [Piece];
  return { shipmentId, warehouse, lines: pieces.map(({ sku, quantity }) => ({ sku, quantity })) };
}
