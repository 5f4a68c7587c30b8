import { Rejection } from '../support/errors.js';
import { held, piecesIn, type OrderPieces } from './order-pieces.js';
import type { Line } from './tables.js';

/**
 * Puts sold pieces of a parcel, or of the order's parcels in turn, back into the stock of their warehouse. Each piece is put back once:
 * where the stock has it back already, because its parcel was cancelled or came back, there is nothing to do.
 *
 * @throws {Rejection} return_exceeds_sold: the order, or the parcel, never had so many.
 */
export function restock(order: OrderPieces, lines: Line[], shipmentId?: string): Record<string, never> {
  for (const { sku, quantity } of lines) {
    const pieces = piecesIn(order, shipmentId).filter((piece) => piece.sku === sku);
    const most = pieces.reduce((sum, piece) => sum + piece.quantity, 0);
    if (quantity > most) {
      throw new Rejection(
        'return_exceeds_sold',
        `${quantity} of ${sku} are ${quantity - most} more than ${shipmentId ?? order.orderId} bought`,
      );
    }
    let missing = quantity;
    for (const piece of pieces.filter(({ state }) => state === 'committed')) {
      const back = Math.min(missing, held(piece));
      if (back === 0) continue;
      missing -= back;
      order.stock.move(piece, 'committed', 'available', back);
      piece.restocked += back;
      order.changed.add(piece);
    }
  }
  return {};
}
