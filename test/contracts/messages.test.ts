import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import * as bodies from '../../contracts/commands.schema.js';
import { webhookBody } from '../../contracts/events.schema.js';
import { eventTypes } from '../../contracts/event-types.js';
import { id } from '../../contracts/values.schema.js';
import type { MessageType } from '../../workflows/engine/message.js';
import { events } from '../../workflows/events.js';
import { orderCommands } from '../../workflows/order/messages.js';
import type { OrderCommand } from '../../workflows/order/messages.js';
import { returnCommands } from '../../workflows/returns/messages.js';
import type { ReturnCommand } from '../../workflows/returns/messages.js';
import { bodiesOf } from './arbitrary-body.js';

/**
 * A command's body is checked twice: by the API with a zod schema, and by the run with a shape, because zod is too much code there. The
 * run must not refuse a body that the API accepts.
 */

const orderBodies: Record<OrderCommand, z.ZodType> = {
  cancel: bodies.cancelBody,
  payment: bodies.paymentBody,
  receipt: bodies.receiptBody,
  decision: bodies.decisionBody,
  review: bodies.reviewBody,
  resolve: bodies.resolveBody,
  amend: bodies.amendBody,
};
const returnBodies: Record<ReturnCommand, z.ZodType> = {
  requestReturn: bodies.returnBody.extend({ returnId: id }),
  reviewReturn: bodies.reviewBody.extend({ returnId: id }),
  retryReturn: bodies.receiptBody.extend({ returnId: id }),
};

/** Checks that the shape of the message accepts each of many generated bodies. */
function expectTaken({ shape }: MessageType, taken: fc.Arbitrary<unknown>): void {
  fc.assert(
    fc.property(taken, (body) => {
      expect(shape(body)).toEqual([]);
    }),
  );
}

describe('the run accepts every body that the API accepts', () => {
  it.each(Object.values(orderCommands))('an order: $name', (message) =>
    expectTaken(message, bodiesOf(orderBodies[message.name])),
  );
  it.each(Object.values(returnCommands))('a return: $name', (message) =>
    expectTaken(message, bodiesOf(returnBodies[message.name])),
  );
  it.each(eventTypes)('a webhook: %s', (type) => {
    const webhooks = bodiesOf(webhookBody.safeExtend({ type: webhookBody.shape.type.extract([type]) }));
    const news = webhooks.map((body) => ({ ...(body as z.infer<typeof webhookBody>), id: 'msg_1' }));
    expectTaken(events[type], news);
  });
});

describe('the run refuses fields of a wrong type', () => {
  it.each([
    [orderCommands.decision, { decision: 'maybe' }],
    [orderCommands.cancel, { reason: 1 }],
    [orderCommands.amend, { lines: [{ sku: 'A', quantity: 0 }] }],
    [orderCommands.payment, { method: 'card' }],
    [returnCommands.requestReturn, { returnId: 'r', reason: 'x', lines: [] }],
    [events['payment.succeeded'], { id: 'm', timestamp: 'today', data: {} }],
  ])('$0.name: $1', (message, content) => expect(message.shape(content)).not.toEqual([]));
});
