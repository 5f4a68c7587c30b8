import type {
  AmendBody,
  CancelBody,
  DecisionBody,
  PaymentBody,
  ReceiptBody,
  ResolveBody,
  ReviewBody,
} from '../../contracts/commands.schema.js';
import type { OrderView } from '../../contracts/order.js';
import type { OrderPublication } from '../../contracts/publication.js';
import { messageType } from '../engine/message.js';
import type { ContentOf } from '../engine/message.js';
import { object, oneOf, optional, text } from '../engine/shape.js';
import { address, lines } from '../shapes.js';

/** What an order's run can be told and asked: declared once, for the workflow that handles it and the API that sends it. */

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

export const cancel = messageType('cancel', object<CancelBody>({ reason: optional(text) }));
export const payment = messageType('payment', object<PaymentBody>({ method: oneOf('card'), token: text }));
export const receipt = messageType('receipt', object<ReceiptBody>({}));
export const decision = messageType('decision', object<DecisionBody>({ decision: oneOf('accept_partial', 'cancel') }));
export const review = messageType(
  'review',
  object<ReviewBody>({
    decision: oneOf('approve', 'reject'),
    note: optional(text),
  }),
);
export const resolve = messageType(
  'resolve',
  object<ResolveBody>({
    action: oneOf('retry', 'skip', 'abandon'),
    step: text,
  }),
);
export const amend = messageType(
  'amend',
  object<AmendBody>({
    shippingAddress: optional(address),
    lines: optional(lines),
  }),
);

/** Every command of an order: an Update of its name. */
export const orderCommands = { cancel, payment, receipt, decision, review, resolve, amend };
export type OrderCommand = keyof typeof orderCommands;
export type CommandBodies = { [Name in OrderCommand]: ContentOf<(typeof orderCommands)[Name]> };

/** Query: the OrderView. */
export const orderQuery = 'order';
export type PublicationAnswer = OrderPublication;

/** Input of the run that settles an order whose own run was ended from outside. */
export interface SettleInput {
  /** The order as it was seen last. */
  view: OrderView;
  /** Of the order as it was placed. */
  fingerprint: string;
}
