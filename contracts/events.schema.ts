import { z } from 'zod';
import { eventTypes } from './event-types.js';
import { eachSkuOnce } from './order.schema.js';
import { text } from './text.schema.js';
import { amount, currency, id, lineQuantities, shipmentId, time } from './values.schema.js';

/** The body of a webhook of the payment provider or the carrier. */
export const webhookBody = z
  .strictObject({
    type: z.enum(eventTypes),
    /** When it happened, by the sender; may be years ago. */
    timestamp: time,
    data: z.strictObject({
      orderId: id,
      shipmentId: shipmentId.exactOptional(),
      returnId: id.exactOptional(),
      trackingNumber: text(100).exactOptional(),
      carrier: text(100).exactOptional(),
      signedBy: text(200).exactOptional(),
      amount: amount.exactOptional(),
      currency: currency.exactOptional(),
      /** What came back of a return, where it is fewer than was announced. */
      lines: lineQuantities.superRefine(eachSkuOnce).exactOptional(),
      reason: text(500).exactOptional(),
    }),
  })
  .superRefine((event, context) => {
    if (event.type === 'return.received' && event.data.returnId === undefined) {
      context.addIssue({ code: 'custom', path: ['data', 'returnId'], message: 'is needed for return.received' });
    }
    // Money is only what is said of it: what names no amount pays nothing.
    for (const name of ['amount', 'currency'] as const) {
      if (event.type === 'payment.succeeded' && event.data[name] === undefined) {
        context.addIssue({ code: 'custom', path: ['data', name], message: 'is needed for payment.succeeded' });
      }
    }
    if (event.type !== 'return.received' && event.data.lines !== undefined) {
      context.addIssue({ code: 'custom', path: ['data', 'lines'], message: 'is for return.received alone' });
    }
  });
