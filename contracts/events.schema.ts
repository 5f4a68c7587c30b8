import { z } from 'zod';
import { eventTypes } from './event-types.js';
import { text } from './text.schema.js';
import { amount, currency, id, lineQuantities, shipmentId, time } from './values.schema.js';

/** The content of an event. Its fields depend on the type of the event. */
const eventData = z.strictObject({
  shipmentId: shipmentId.exactOptional(),
  returnId: id.exactOptional(),
  trackingNumber: text(100).exactOptional(),
  carrier: text(100).exactOptional(),
  signedBy: text(200).exactOptional(),
  /** Minor units. */
  amount: amount.exactOptional(),
  /** ISO 4217. */
  currency: currency.exactOptional(),
  /** The pieces of a return that came back, when they are fewer than announced. */
  lines: lineQuantities.exactOptional(),
  reason: text(500).exactOptional(),
});
export interface EventData extends z.infer<typeof eventData> {}

/** The body of a webhook of the payment provider or the carrier. */
export const webhookBody = z
  .strictObject({
    type: z.enum(eventTypes),
    /** When it happened, by the sender's clock. It may be years ago. */
    timestamp: time,
    data: z.strictObject({ orderId: id, ...eventData.shape }),
  })
  .superRefine((event, context) => {
    if (event.type === 'return.received' && event.data.returnId === undefined) {
      context.addIssue({ code: 'custom', path: ['data', 'returnId'], message: 'is needed for return.received' });
    }
    // A payment without an amount and a currency pays nothing.
    for (const name of ['amount', 'currency'] as const) {
      if (event.type === 'payment.succeeded' && event.data[name] === undefined) {
        context.addIssue({ code: 'custom', path: ['data', name], message: 'is needed for payment.succeeded' });
      }
    }
    if (event.type !== 'return.received' && event.data.lines !== undefined) {
      context.addIssue({ code: 'custom', path: ['data', 'lines'], message: 'is for return.received alone' });
    }
  })
  .meta({ id: 'Webhook' });
export interface WebhookBody extends z.infer<typeof webhookBody> {}
