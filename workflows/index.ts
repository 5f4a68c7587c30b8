/** What the worker's bundle is made of: the workflow types by their names. */
export { processLatePayment } from './late-payment/workflow.js';
export { processOrder } from './order/workflow.js';
export { processReturns } from './returns/workflow.js';
export { settleOrder } from './order/settle.js';
