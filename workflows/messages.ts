import { eventTypes, type EventType } from '../contracts/event-types.js';
import type { LineQuantity, Address, OrderView } from '../contracts/order.js';
import type { LatePayment, OrderPublication } from '../contracts/publication.js';

/**
 * What runs can be told and asked: declared once, by name, for the workflow that handles it and the API that sends it.
 * Only names and shapes: nothing here needs Temporal's runtime.
 */

export const orderWorkflowType = 'processOrder';
export const returnsWorkflowType = 'processReturns';
export const latePaymentWorkflowType = 'processLatePayment';
export const settleWorkflowType = 'settleOrder';
export const ordersTaskQueue = 'orders';
/**
 * A chain of short calls holds its workflow task, and every Update of the run with it, for 80 % of this at most. Shorter than this and a
 * worker short of CPU would lose its tasks before it has done them, and begin again without end.
 */
export const workflowTaskTimeout = '5s';
export const orderWorkflowId = (orderId: string): string => `order:${orderId}`;
export const returnsWorkflowId = (orderId: string): string => `returns:${orderId}`;
export const latePaymentWorkflowId = (orderId: string): string => `late-payment:${orderId}`;
export const settleWorkflowId = (orderId: string): string => `settle:${orderId}`;

/** Task queue of the calls to one service that take Temporal's full machinery. */
export const serviceTaskQueue = (service: string): string => `orders-${service}`;

export const searchAttributeNames = {
  status: 'OrderStatus',
  customer: 'CustomerId',
  shop: 'ShopId',
  failure: 'FailureCode',
  total: 'OrderTotal',
} as const;

/** Who sends a command, as the API authenticated them. */
export interface Sender {
  role: 'shop' | 'operator';
  /** Of the key, for whoever reads the history; a command that was sent by hand has none. */
  name?: string;
}

/** Argument of every Update; the Update's id is the command's Idempotency-Key. */
export interface CommandEnvelope<Body> {
  /** Of the command's name and body. */
  fingerprint: string;
  by: Sender;
  body: Body;
}

/**
 * Result of every Update, of orders and of returns. Small on purpose: Temporal stores it in the history. The view is read from the order
 * book, at `revision` or later.
 */
export interface CommandAnswer {
  /** The first sender's, so that a reused key with another body can be told. */
  fingerprint: string;
  /** The book's after the publication that shows the command's effect; 0 when the book did not answer. */
  revision: number;
}

export interface CommandBodies {
  cancel: { reason?: string };
  payment: { method: 'card'; token: string };
  receipt: Record<string, never>;
  decision: { decision: 'accept_partial' | 'cancel' };
  review: { decision: 'approve' | 'reject'; note?: string };
  resolve: { action: 'retry' | 'skip' | 'abandon'; step: string };
  amend: { shippingAddress?: Address; lines?: LineQuantity[] };
}
export type OrderCommand = keyof CommandBodies;
export const orderCommands = [
  'cancel',
  'payment',
  'receipt',
  'decision',
  'review',
  'resolve',
  'amend',
] as const satisfies readonly OrderCommand[];

/**
 * A validator's refusal: an ApplicationFailure whose type is a problem code (wrong_status, not_cancellable, too_many_changes,
 * unknown_step, not_skippable, validation_failed, return_exceeds_delivered) and whose details[0] is this.
 */
export interface Refusal {
  orderStatus: OrderView['status'];
  possible: OrderView['possible'];
  errors?: { path: string; message: string }[];
  /** Refused after it had been accepted, as another one was taken meanwhile: Temporal answers this again under the same id. */
  kept?: true;
}

export { eventTypes, type EventType };

/** News from the payment provider or the carrier. It reaches a run as a Signal of its type's name, so that it can be read in the history. */
export interface OutsideEvent extends News {
  type: EventType;
}

/** The argument of the Signal. */
export interface News {
  /** The sender's id of the message: the same id again has no effect. */
  id: string;
  /** RFC 3339; when it happened, by the sender. May be years old. */
  timestamp: string;
  data: {
    shipmentId?: string;
    returnId?: string;
    trackingNumber?: string;
    carrier?: string;
    signedBy?: string;
    amount?: number;
    /** ISO 4217. */
    currency?: string;
    /** What came back of a return, where it is fewer than was announced. */
    lines?: LineQuantity[];
    reason?: string;
  };
}

/** The same as a webhook brings it, for an order among all. */
export type OrderEvent = OutsideEvent & { data: { orderId: string } };

/** Query: the OrderView. */
export const orderQuery = 'order';
/** Query of the returns run: all returns of the order. */
export const returnsQuery = 'returns';
/** Query: what the run would publish now; `npm run rebuild` writes it to the order book. */
export const publicationQuery = 'publication';
export type PublicationAnswer = OrderPublication;

/** Input of the run that settles an order whose own run was ended from outside. */
export interface SettleInput {
  /** The order as it was seen last. */
  view: OrderView;
  /** Of the order as it was placed. */
  fingerprint: string;
}

/** Updates of the returns run. */
export interface ReturnCommandBodies {
  requestReturn: { returnId: string; lines: LineQuantity[]; reason: string };
  reviewReturn: { returnId: string; decision: 'approve' | 'reject'; note?: string };
  /** Makes the refused call of a return again. It has no route: an operator sends it by Temporal's own tools. */
  retryReturn: { returnId: string };
}
export type ReturnCommand = keyof ReturnCommandBodies;
export interface ReturnsInput {
  orderId: string;
  shopId: string;
  process: { name: string; version: number };
  returnReviewLimit: number;
  stepRetryBudgetMs: number;
}

/** Signal of the run of late payments: one more payment to give back. */
export const latePaymentSignal = 'payment.succeeded' satisfies EventType;
export interface LatePaymentInput {
  orderId: string;
  /** Those that an order's run hands on; the others come as signals. */
  payments: News[];
  /** What was given back already, by the same run before it began anew. */
  returned?: LatePayment[];
}
