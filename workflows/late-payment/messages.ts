import type { LatePayment } from '../../contracts/publication.js';
import { events } from '../events.js';
import type { News } from '../events.js';

/** The run that gives late payments back: its names, its Signal and its input. */

export const latePaymentWorkflowType = 'processLatePayment';
export const latePaymentWorkflowId = (orderId: string): string => `late-payment:${orderId}`;

/** One more payment to give back. */
export const latePaymentSignal = events['payment.succeeded'];

export interface LatePaymentInput {
  orderId: string;
  /** The payments that are known at the start. Others come as Signals. */
  payments: News[];
  /** What was given back before the run continued as new. */
  returned?: LatePayment[];
}
