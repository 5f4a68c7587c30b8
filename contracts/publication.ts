import type { OrderView, ReturnView } from './order.js';
import type { LatePayment, Position } from './publication.schema.js';

export type { LatePayment, Position };

/** An order's run writes this to the order book. */
export interface OrderPublication {
  position: Position;
  fingerprint: string;
  view: OrderView;
}

/**
 * A returns run writes its own returns to the order book, not those of other runs with the same id. The book keeps the newest view of each
 * return, and combines the order and all its returns into one OrderView.
 */
export interface ReturnsPublication {
  orderId: string;
  position: Position;
  returns: ReturnView[];
}

/** The run of late payments writes this to the order book, which adds it to the attempts of the order's payment. */
export interface LatePaymentsPublication {
  orderId: string;
  payments: LatePayment[];
}
