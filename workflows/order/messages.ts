import type { AmendBody, DecisionBody, PaymentBody, ReceiptBody, ReviewBody } from '../../contracts/commands.schema.js';
import type { OrderView } from '../../contracts/order.js';
import { messageType } from '../engine/message.js';
import type { ContentOf } from '../engine/message.js';
import { object, oneOf, optional, text } from '../engine/shape.js';
import { address, lines } from '../shapes.js';
import { cancel, resolve } from '../temporal/messages.js';

/** The messages and queries of an order's run, for the workflow that handles them and the API that sends them. */

export const orderWorkflowType = 'processOrder';
export const settleWorkflowType = 'settleOrder';
export const orderWorkflowId = (orderId: string): string => `order:${orderId}`;
export const settleWorkflowId = (orderId: string): string => `settle:${orderId}`;

export const searchAttributeNames = {
  status: 'OrderStatus',
  customer: 'CustomerId',
  shop: 'ShopId',
  failure: 'FailureCode',
  total: 'OrderTotal',
} as const;

const payment = messageType('payment', object<PaymentBody>({ method: oneOf('card'), token: text }));
const receipt = messageType('receipt', object<ReceiptBody>({}));
const decision = messageType('decision', object<DecisionBody>({ decision: oneOf('accept_partial', 'cancel') }));
const review = messageType(
  'review',
  object<ReviewBody>({
    decision: oneOf('approve', 'reject'),
    note: optional(text),
  }),
);
const amend = messageType(
  'amend',
  object<AmendBody>({
    shippingAddress: optional(address),
    lines: optional(lines),
  }),
);

/** Every command of an order. Each is an Update of its name. */
export const orderCommands = { cancel, payment, receipt, decision, review, resolve, amend };
export type OrderCommand = keyof typeof orderCommands;
export type CommandBodies = { [Name in OrderCommand]: ContentOf<(typeof orderCommands)[Name]> };

/** Query: the OrderView. */
export const orderQuery = 'order';

/** Input of the run that settles an order whose own run was terminated. */
export interface SettleInput {
  /** The order as it was seen last. */
  view: OrderView;
  /** Of the request that placed the order. */
  fingerprint: string;
}
