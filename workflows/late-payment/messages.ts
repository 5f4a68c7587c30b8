import type { LatePayment } from '../../contracts/publication.js';
import { events } from '../events.js';
import type { News } from '../events.js';

/** What the run that gives late money back can be told. */

export const latePaymentWorkflowType = 'processLatePayment';
export const latePaymentWorkflowId = (orderId: string): string => `late-payment:${orderId}`;

/** One more payment to give back. */
export const latePaymentSignal = events['payment.succeeded'];

export interface LatePaymentInput {
  orderId: string;
  /** Those that an order's run hands on; the others come as signals. */
  payments: News[];
  /** What was given back already, by the same run before it began anew. */
  returned?: LatePayment[];
}
