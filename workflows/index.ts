/** The workflow types in the worker's bundle, by name. */
export { processBulk } from './bulk/workflow.js';
export { processLatePayment } from './late-payment/workflow.js';
export { processOrder } from './order/workflow.js';
export { processReturns } from './returns/workflow.js';
export { settleOrder } from './order/settle.js';
