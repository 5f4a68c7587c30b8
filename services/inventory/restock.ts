import { Rejection } from '../support/errors.js';
import { held, piecesIn, type OrderPieces } from './order-pieces.js';
import type { Line } from './tables.js';

/**
 * Puts sold pieces of a parcel, or of the order's parcels in turn, back into the stock of their warehouse.
 *
 * @throws {Rejection} return_exceeds_sold.
 */
export function restock(order: OrderPieces, lines: Line[], shipmentId?: string): Record<string, never> {
  const sold = piecesIn(order, shipmentId).filter(({ state }) => state === 'committed');
  for (const { sku, quantity } of lines) {
    let missing = quantity;
    for (const piece of sold.filter((one) => one.sku === sku)) {
      const back = Math.min(missing, held(piece));
      if (back === 0) continue;
      missing -= back;
      order.stock.move(piece, 'committed', 'available', back);
      piece.restocked += back;
      order.changed.add(piece);
    }
    if (missing > 0) {
      throw new Rejection(
        'return_exceeds_sold',
        `${quantity} of ${sku} are ${missing} more than ${shipmentId ?? order.orderId} bought and has not returned`,
      );
    }
  }
  return {};
}
