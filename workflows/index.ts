/** What the worker's bundle is made of: the workflow types by their names. */
export { processLatePayment } from './process-late-payment.js';
export { processOrder } from './process-order.js';
export { processReturns } from './process-returns.js';
export { settleOrder } from './settle-order.js';
