import { z } from 'zod';
import { cardPayment } from './order.schema.js';
import { text } from './text.schema.js';
import { address, lineQuantities } from './values.schema.js';

/** The bodies of the commands: routes that change an order, and Updates of its runs. */

export const cancelBody = z.strictObject({ reason: text(500).exactOptional() }).meta({ id: 'Cancel' });
export interface CancelBody extends z.infer<typeof cancelBody> {}

export const paymentBody = cardPayment;
export interface PaymentBody extends z.infer<typeof paymentBody> {}

export const receiptBody = z.strictObject({}).meta({ id: 'Receipt' });
export type ReceiptBody = z.infer<typeof receiptBody>;

export const decisionBody = z.strictObject({ decision: z.enum(['accept_partial', 'cancel']) }).meta({ id: 'Decision' });
export interface DecisionBody extends z.infer<typeof decisionBody> {}

export const reviewBody = z
  .strictObject({ decision: z.enum(['approve', 'reject']), note: text(500).exactOptional() })
  .meta({ id: 'Review' });
export interface ReviewBody extends z.infer<typeof reviewBody> {}

export const resolveBody = z
  .strictObject({ action: z.enum(['retry', 'skip', 'abandon']), step: text(200) })
  .meta({ id: 'Resolve' });
export interface ResolveBody extends z.infer<typeof resolveBody> {}

export const amendBody = z
  .strictObject({
    shippingAddress: address.exactOptional(),
    /** The new quantities, each lower than before. */
    lines: lineQuantities.exactOptional(),
  })
  .refine((body) => body.shippingAddress !== undefined || body.lines !== undefined, 'needs shippingAddress or lines')
  .meta({ id: 'Amend' });
export interface AmendBody extends z.infer<typeof amendBody> {}

export const returnBody = z.strictObject({ lines: lineQuantities, reason: text(500) }).meta({ id: 'Return' });
export interface ReturnBody extends z.infer<typeof returnBody> {}
