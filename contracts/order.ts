import type { Failure } from './failures.js';
import type { Command, OrderStatus, PaymentStatus, ReturnStatus, ShipmentStatus, StepState } from './statuses.js';

/** Amounts are integers in the minor unit of the order's currency (ISO 4217); times are RFC 3339 in UTC with milliseconds. */
export type Money = number;
export type Time = string;

export interface LineQuantity {
  sku: string;
  quantity: number;
}

export interface OrderLine extends LineQuantity {
  /** Price of one piece, set by the shop. */
  unitPrice: Money;
  name?: string;
}

export interface Adjustment {
  kind: 'discount' | 'tax' | 'other';
  label: string;
  /** Signed: a discount is negative. */
  amount: Money;
}

export interface Address {
  name: string;
  line1: string;
  line2?: string;
  city: string;
  region?: string;
  postalCode: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
}

export type PaymentChoice = { method: 'card'; token: string } | { method: 'later' };

export type Carrier = 'simulated' | 'external';

/** The body of POST /v1/orders. */
export interface PlaceOrder {
  customerId: string;
  currency: string;
  lines: OrderLine[];
  shippingFee: Money;
  adjustments?: Adjustment[];
  payment: PaymentChoice;
  shippingAddress: Address;
  carrier?: Carrier;
  reference?: string;
  email?: string;
  metadata?: Record<string, string>;
}

export interface PaymentAttempt {
  at: Time;
  /** `returned`: money that came when the order could not use it, and was given back at once. */
  outcome: 'authorized' | 'declined' | 'returned';
  code?: string;
}

export interface PaymentView {
  method: 'card' | 'later';
  status: PaymentStatus;
  /** What is held and neither captured nor released. */
  authorized: Money;
  captured: Money;
  refunded: Money;
  attempts: PaymentAttempt[];
}

export interface ShipmentView {
  /** `<orderId>-<warehouse>`; a replacement's ends in `-2`, `-3`. */
  id: string;
  warehouse: string;
  carrier?: string;
  trackingNumber?: string;
  status: ShipmentStatus;
  lines: LineQuantity[];
  dispatchedAt?: Time;
  deliveredAt?: Time;
  signedBy?: string;
}

export interface ReturnView {
  id: string;
  status: ReturnStatus;
  /** The pieces that come back: as announced, until they are received. */
  lines: LineQuantity[];
  /** Present where fewer pieces came back: what was announced first. */
  announced?: LineQuantity[];
  reason: string;
  refunded: Money;
  requestedAt: Time;
}

export interface StepView {
  id: string;
  dependsOn: string[];
  group?: string;
  state: StepState;
  startedAt?: Time;
  finishedAt?: Time;
  /** How often the step's latest call was tried, live while it is in progress. */
  attempts: number;
  failure?: Failure;
  /** While it runs or waits: from when on it takes longer than its definition expects. */
  dueAt?: Time;
  /** Present and true from dueAt on; told by who reads the view, as time passes without the run's doing. */
  overdue?: boolean;
}

export interface Timing {
  totalWorkMs: number;
  makespanMs: number;
  criticalPath: string[];
}

/** Everything the outside may know of one order: the answer of the API, the query `order` and the run's result. */
export interface OrderView {
  id: string;
  status: OrderStatus;
  /** Numbered by the order book, 0 until it has the view; only grows. */
  revision: number;
  customerId: string;
  shopId: string;
  reference?: string;
  metadata?: Record<string, string>;
  currency: string;
  total: Money;
  lines: (OrderLine & { reserved: number })[];
  shippingFee: Money;
  adjustments: Adjustment[];
  shippingAddress: Address;
  carrier: Carrier;
  email?: string;
  payment: PaymentView;
  shipments: ShipmentView[];
  returns: ReturnView[];
  process: { name: string; version: number };
  steps: StepView[];
  failure?: Failure & { step: string };
  possible: Command[];
  placedAt: Time;
  updatedAt: Time;
  endedAt?: Time;
  timing?: Timing;
  /** Present on a completed order: until when it can be returned. */
  returnableUntil?: Time;
  /** Added by the API, which knows its own address. */
  links?: { self: string; events: string; history: string; temporalUi: string };
}

/** Deadlines in milliseconds, fixed when the order is placed. */
export interface Deadlines {
  paymentMs: number;
  reviewMs: number;
  decisionMs: number;
  autoSignMs: number;
  returnWindowMs: number;
}

/** The input of a `processOrder` run: all it will ever know of its surroundings. */
export interface OrderInput {
  orderId: string;
  shopId: string;
  /** The order as placed, validated. */
  order: PlaceOrder;
  placedAt: Time;
  process: { name: string; version: number };
  deadlines: Deadlines;
  /** How long a step's faults are retried before the order needs attention. */
  stepRetryBudgetMs: number;
}
