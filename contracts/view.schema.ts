import { z } from 'zod';
import type { OrderView } from './order.js';
import { deliveryAddress, orderLine } from './order.schema.js';
import { commands, orderStatuses, paymentStatuses, returnStatuses, shipmentStatuses, stepStates } from './statuses.js';
import { amount, lineQuantity } from './values.schema.js';

const instant = z.iso.datetime();
const failure = z.strictObject({ code: z.string(), message: z.string() });

/** What the API answers of an order: for documents and for tests; views are made by runs and not checked again on their way. */
export const orderView = z
  .strictObject({
    id: z.string(),
    status: z.enum(orderStatuses),
    revision: z.int().min(0),
    customerId: z.string(),
    shopId: z.string(),
    reference: z.string().exactOptional(),
    metadata: z.record(z.string(), z.string()).exactOptional(),
    currency: z.string(),
    total: amount,
    lines: z.array(orderLine.extend({ reserved: z.int().min(0) })),
    shippingFee: amount,
    adjustments: z.array(
      z.strictObject({ kind: z.enum(['discount', 'tax', 'other']), label: z.string(), amount: z.int() }),
    ),
    shippingAddress: deliveryAddress,
    carrier: z.enum(['simulated', 'external']),
    email: z.string().exactOptional(),
    payment: z.strictObject({
      method: z.enum(['card', 'later']),
      status: z.enum(paymentStatuses),
      authorized: amount,
      captured: amount,
      refunded: amount,
      attempts: z.array(
        z.strictObject({
          at: instant,
          outcome: z.enum(['authorized', 'declined', 'returned']),
          code: z.string().exactOptional(),
        }),
      ),
    }),
    shipments: z.array(
      z.strictObject({
        id: z.string(),
        warehouse: z.string(),
        carrier: z.string().exactOptional(),
        trackingNumber: z.string().exactOptional(),
        status: z.enum(shipmentStatuses),
        lines: z.array(lineQuantity),
        dispatchedAt: instant.exactOptional(),
        deliveredAt: instant.exactOptional(),
        signedBy: z.string().exactOptional(),
      }),
    ),
    returns: z.array(
      z.strictObject({
        id: z.string(),
        status: z.enum(returnStatuses),
        lines: z.array(lineQuantity),
        announced: z.array(lineQuantity).exactOptional(),
        reason: z.string(),
        refunded: amount,
        requestedAt: instant,
      }),
    ),
    process: z.strictObject({ name: z.string(), version: z.int() }),
    steps: z.array(
      z.strictObject({
        id: z.string(),
        dependsOn: z.array(z.string()),
        group: z.string().exactOptional(),
        state: z.enum(stepStates),
        startedAt: instant.exactOptional(),
        finishedAt: instant.exactOptional(),
        attempts: z.int().min(0),
        failure: failure.exactOptional(),
        dueAt: instant.exactOptional(),
        overdue: z.boolean().exactOptional(),
      }),
    ),
    failure: failure.extend({ step: z.string() }).exactOptional(),
    possible: z.array(z.enum(commands)),
    placedAt: instant,
    updatedAt: instant,
    endedAt: instant.exactOptional(),
    returnableUntil: instant.exactOptional(),
    timing: z
      .strictObject({ totalWorkMs: z.number(), makespanMs: z.number(), criticalPath: z.array(z.string()) })
      .exactOptional(),
    links: z
      .strictObject({ self: z.string(), events: z.string(), history: z.string(), temporalUi: z.string() })
      .exactOptional(),
  })
  .meta({ id: 'OrderView' }) satisfies z.ZodType<OrderView>;

export const orderList = z
  .strictObject({ items: z.array(orderView), nextCursor: z.string().nullable() })
  .meta({ id: 'OrderList' });
