import { z } from 'zod';
import { eachSkuOnce } from './order.schema.js';
import { text } from './text.schema.js';
import { amount, id, lineQuantities, shipmentId, time } from './values.schema.js';

/** The body of a webhook of the payment provider or the carrier. */
export const webhookBody = z
  .strictObject({
    type: z.enum([
      'shipment.dispatched',
      'shipment.delivered',
      'shipment.lost',
      'shipment.returned',
      'payment.succeeded',
      'payment.failed',
      'return.received',
    ]),
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
      /** What came back of a return, where it is fewer than was announced. */
      lines: lineQuantities.superRefine(eachSkuOnce).exactOptional(),
      reason: text(500).exactOptional(),
    }),
  })
  .superRefine((event, context) => {
    if (event.type === 'return.received' && event.data.returnId === undefined)
      context.addIssue({ code: 'custom', path: ['data', 'returnId'], message: 'is needed for return.received' });
    if (event.type !== 'return.received' && event.data.lines !== undefined)
      context.addIssue({ code: 'custom', path: ['data', 'lines'], message: 'is for return.received alone' });
  });
