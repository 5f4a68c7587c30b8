import type { PlaceOrder } from './order.schema.js';
import type { OrderView } from './view.schema.js';

/**
 * The types of an order for code that must stay free of zod, such as workflows. Each is inferred from the schema of the same name, where its
 * fields are described.
 */
export type { Adjustment, OrderLine, PlaceOrder } from './order.schema.js';
export type { Address, Allocation, Balance, LineQuantity } from './values.schema.js';
export type { OrderView, PaymentAttempt, PaymentView, ReturnView, ShipmentView, StepView } from './view.schema.js';

/** An integer in the minor unit of the order's currency (ISO 4217). */
export type Money = number;
/** RFC 3339 in UTC with milliseconds. */
export type Time = string;

/** Deadlines in milliseconds, fixed when the order is placed. */
interface Deadlines {
  paymentMs: number;
  reviewMs: number;
  decisionMs: number;
  autoSignMs: number;
  returnWindowMs: number;
}

/** The input of a `processOrder` run. The run knows nothing else of its surroundings. */
export interface OrderInput {
  orderId: string;
  shopId: string;
  /** The order as placed, validated. */
  order: PlaceOrder;
  placedAt: Time;
  process: OrderView['process'];
  deadlines: Deadlines;
  /** How long a failing step is retried before the order needs attention. */
  stepRetryBudgetMs: number;
}
