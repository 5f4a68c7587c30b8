import { shipmentIdOf } from '../../contracts/ids.js';
import type { AllocatedParcel } from './contract.js';
import { expireHolders } from './expiry.js';
import { held, lockOrder, outOfStock, released, type OrderPieces, type Tx } from './order-pieces.js';
import { LockedStock } from './stock.js';
import type { Piece } from './tables.js';

/**
 * Sells the lines of a lost parcel again, all from the first warehouse by name that has them. A second call for the same lost
 * parcel answers with the same replacement.
 *
 * @throws {Rejection} out_of_stock, reservation_released.
 */
export async function replace(tx: Tx, orderId: string, lostId: string): Promise<{ parcel: AllocatedParcel }> {
  const order = await lockOrder(tx, orderId);
  const lost = order.pieces.filter(
    (piece) => piece.shipment_id === lostId && piece.state === 'committed' && held(piece) > 0,
  );
  if (order.reservation.released || lost.length === 0) throw released(order);
  const before = order.pieces.filter(({ replaces }) => replaces === lostId);
  if (before.some(({ state }) => state === 'released')) throw released(order);
  if (before.length > 0) return { parcel: parcelOf(before) };

  const stock = await LockedStock.lock(tx, lost);
  const skus = lost.map(({ sku }) => sku);
  let warehouse = warehouseWith(stock, lost);
  if (warehouse === undefined && (await expireHolders(tx, stock, skus, orderId))) {
    warehouse = warehouseWith(stock, lost);
  }
  if (warehouse === undefined) throw outOfStock(skus);
  const from = warehouse;
  const pieces = lost.map((piece): Piece => ({
    ...piece,
    shipment_id: replacementId(order, from, lostId),
    warehouse: from,
    quantity: held(piece),
    restocked: 0,
    replaces: lostId,
    lost: false,
  }));
  for (const piece of pieces) stock.move(piece, 'available', 'committed', piece.quantity);
  await stock.save(tx);
  await tx.insertInto('pieces').values(pieces).execute();
  await tx
    .updateTable('pieces')
    .set({ lost: true })
    .where('order_id', '=', orderId)
    .where('shipment_id', '=', lostId)
    .execute();
  return { parcel: parcelOf(pieces) };
}

function warehouseWith(stock: LockedStock, lost: readonly Piece[]): string | undefined {
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
