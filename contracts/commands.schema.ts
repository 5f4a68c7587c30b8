import { z } from 'zod';
import { cardPayment, deliveryAddress, eachSkuOnce } from './order.schema.js';
import { text } from './text.schema.js';
import { lineQuantities, lineQuantity } from './values.schema.js';

/** Bodies of the routes that tell an order something. */

export const cancelBody = z.strictObject({ reason: text(500).exactOptional() });
export const paymentBody = cardPayment;
export const receiptBody = z.strictObject({});
export const decisionBody = z.strictObject({ decision: z.enum(['accept_partial', 'cancel']) });
export const reviewBody = z.strictObject({ decision: z.enum(['approve', 'reject']), note: text(500).exactOptional() });
export const resolveBody = z.strictObject({ action: z.enum(['retry', 'skip', 'abandon']), step: text(200) });
export const amendBody = z
  .strictObject({
    shippingAddress: deliveryAddress.exactOptional(),
    lines: z.array(lineQuantity).min(1).max(500).superRefine(eachSkuOnce).exactOptional(),
  })
  .refine((body) => body.shippingAddress !== undefined || body.lines !== undefined, 'needs shippingAddress or lines');
export const returnBody = z.strictObject({ lines: lineQuantities.superRefine(eachSkuOnce), reason: text(500) });
