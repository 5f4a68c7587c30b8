import { Rejection } from '../support/errors.js';
import { held, lockOrder, piecesIn, type Tx } from './order-pieces.js';
import { LockedStock } from './stock.js';
import type { Line } from './tables.js';

/**
 * Puts sold pieces of a parcel, or of the order's parcels in turn, back into the stock of their warehouse.
 *
 * @throws {Rejection} return_exceeds_sold.
 */
export async function restock(
  tx: Tx,
  { orderId, shipmentId, lines }: { orderId: string; shipmentId?: string | undefined; lines: Line[] },
): Promise<Record<string, never>> {
  const order = await lockOrder(tx, orderId);
  const sold = piecesIn(order, shipmentId).filter(({ state }) => state === 'committed');
  const stock = await LockedStock.lock(tx, lines);
  for (const { sku, quantity } of lines) {
    let missing = quantity;
    for (const piece of sold.filter((one) => one.sku === sku)) {
      const back = Math.min(missing, held(piece));
      if (back === 0) continue;
      missing -= back;
      stock.move(piece, 'committed', 'available', back);
      piece.restocked += back;
      await tx
        .updateTable('pieces')
        .set({ restocked: piece.restocked })
        .where('order_id', '=', orderId)
        .where('shipment_id', '=', piece.shipment_id)
        .where('sku', '=', sku)
        .execute();
    }
    if (missing > 0) {
      throw new Rejection(
        'return_exceeds_sold',
        `${quantity} of ${sku} are ${missing} more than ${shipmentId ?? orderId} bought and has not returned`,
      );
    }
  }
  await stock.save(tx);
  return {};
}
