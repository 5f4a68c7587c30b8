import { z } from 'zod';
import { adjustment, orderLine } from './order.schema.js';
import { commands, orderStatuses, paymentStatuses, returnStatuses, shipmentStatuses, stepStates } from './statuses.js';
import { address, amount, carrier, lineQuantity } from './values.schema.js';

/**
 * The API's answer about an order. The types and the OpenAPI document come from these schemas. Views are made by a run and are not checked
 * again on their way to the reader.
 */

/** RFC 3339 in UTC with milliseconds. */
const instant = z.iso.datetime();

/** Why an order or a step is in trouble, or ended early. */
const failure = z.strictObject({
  /** Never changes its meaning. */
  code: z.string(),
  /** A sentence without personal data. */
  message: z.string(),
});
export interface Failure extends z.infer<typeof failure> {}

export const paymentAttempt = z.strictObject({
  at: instant,
  /** `returned`: money that came when the order could not use it, and was given back at once. */
  outcome: z.enum(['authorized', 'declined', 'returned']),
  code: z.string().exactOptional(),
});
export interface PaymentAttempt extends z.infer<typeof paymentAttempt> {}

const paymentView = z.strictObject({
  method: z.enum(['card', 'later']),
  status: z.enum(paymentStatuses),
  /** The amount on hold: authorized, and not yet captured or released. */
  authorized: amount,
  captured: amount,
  refunded: amount,
  attempts: z.array(paymentAttempt),
});
export interface PaymentView extends z.infer<typeof paymentView> {}

const shipmentView = z.strictObject({
  /** `<orderId>-<warehouse>`; a replacement's ends in `-2`, `-3`. */
  id: z.string(),
  warehouse: z.string(),
  carrier: z.string().exactOptional(),
  trackingNumber: z.string().exactOptional(),
  status: z.enum(shipmentStatuses),
  lines: z.array(lineQuantity),
  dispatchedAt: instant.exactOptional(),
  deliveredAt: instant.exactOptional(),
  signedBy: z.string().exactOptional(),
});
export interface ShipmentView extends z.infer<typeof shipmentView> {}

const returnView = z.strictObject({
  id: z.string(),
  status: z.enum(returnStatuses),
  /** The pieces that come back: as announced, until they are received. */
  lines: z.array(lineQuantity),
  /** The announced lines. Present only when fewer pieces came back. */
  announced: z.array(lineQuantity).exactOptional(),
  reason: z.string(),
  refunded: amount,
  requestedAt: instant,
});
export interface ReturnView extends z.infer<typeof returnView> {}

const stepView = z.strictObject({
  id: z.string(),
  dependsOn: z.array(z.string()),
  group: z.string().exactOptional(),
  state: z.enum(stepStates),
  startedAt: instant.exactOptional(),
  finishedAt: instant.exactOptional(),
  /** How often the step's latest call was tried; up to date while the call is in progress. */
  attempts: z.int().min(0),
  failure: failure.exactOptional(),
  /** When the step becomes overdue; present while it runs or waits. */
  dueAt: instant.exactOptional(),
  /** Present and true from dueAt on. The reader of the view adds it, because time passes without the run. */
  overdue: z.boolean().exactOptional(),
});
export interface StepView extends z.infer<typeof stepView> {}

/** All that the outside can know of one order: the answer of the API, the query `order` and the result of the run. */
export const orderView = z
  .strictObject({
    id: z.string(),
    status: z.enum(orderStatuses),
    /** Counted by the order book, and only grows. 0 until the book has the view. */
    revision: z.int().min(0),
    customerId: z.string(),
    shopId: z.string(),
    reference: z.string().exactOptional(),
    metadata: z.record(z.string(), z.string()).exactOptional(),
    /** ISO 4217. Every amount of the order is an integer in its minor unit. */
    currency: z.string(),
    total: amount,
    lines: z.array(orderLine.extend({ reserved: z.int().min(0) })),
    shippingFee: amount,
    adjustments: z.array(adjustment),
    shippingAddress: address,
    carrier,
    email: z.string().exactOptional(),
    payment: paymentView,
    shipments: z.array(shipmentView),
    returns: z.array(returnView),
    process: z.strictObject({ name: z.string(), version: z.int() }),
    steps: z.array(stepView),
    failure: failure.extend({ step: z.string() }).exactOptional(),
    /** The commands that the order takes now. */
    possible: z.array(z.enum(commands)),
    placedAt: instant,
    updatedAt: instant,
    endedAt: instant.exactOptional(),
    /** Until when the order can be returned; present on a completed order. */
    returnableUntil: instant.exactOptional(),
    timing: z
      .strictObject({ totalWorkMs: z.number(), makespanMs: z.number(), criticalPath: z.array(z.string()) })
      .exactOptional(),
    /** Added by the API, which knows its own address. */
    links: z
      .strictObject({ self: z.string(), events: z.string(), history: z.string(), temporalUi: z.string() })
      .exactOptional(),
  })
  .meta({ id: 'OrderView' });
export interface OrderView extends z.infer<typeof orderView> {}

export const orderList = z
  .strictObject({ items: z.array(orderView), nextCursor: z.string().nullable() })
  .meta({ id: 'OrderList' });
