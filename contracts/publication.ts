import type { OrderView, ReturnView } from './order.js';
import type { LatePayment, Position } from './publication.schema.js';

export type { LatePayment, Position };

/** What a run writes to the order book. */
export interface OrderPublication {
  position: Position;
  fingerprint: string;
  view: OrderView;
}

/**
 * What a returns run writes to the order book: its own returns, not those of other runs of the same id. The book keeps the newest view of
 * each return, and composes all of them with the order into one OrderView.
 */
export interface ReturnsPublication {
  orderId: string;
  position: Position;
  returns: ReturnView[];
}

/** What the run of late payments writes to the order book. The book adds them to the attempts of the order's payment. */
export interface LatePaymentsPublication {
  orderId: string;
  payments: LatePayment[];
}
