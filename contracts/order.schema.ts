import { z } from 'zod';
import { currencies } from './iso-codes.js';
import { largestAmount, orderTotal } from './money.js';
import { line, text } from './text.schema.js';
import { address, amount, cardToken, carrier, currency, eachSkuOnce, id, lineQuantity } from './values.schema.js';

export const orderLine = lineQuantity.extend({
  /** Price of one piece in minor units, set by the shop. */
  unitPrice: amount,
  name: text(200).exactOptional(),
});
export interface OrderLine extends z.infer<typeof orderLine> {}

export const adjustment = z.strictObject({
  kind: z.enum(['discount', 'tax', 'other']),
  label: text(200),
  /** Minor units, signed: a discount is negative. */
  amount: z.int().min(-largestAmount).max(largestAmount),
});
export interface Adjustment extends z.infer<typeof adjustment> {}

export const cardPayment = z.strictObject({ method: z.literal('card'), token: cardToken }).meta({ id: 'Payment' });

/** The body of POST /v1/orders. */
export const placeOrder = z
  .strictObject({
    customerId: id,
    /** ISO 4217. Every amount of the order is an integer in its minor unit. */
    currency: currency.refine((code) => currencies.has(code), 'must be an ISO 4217 code such as EUR'),
    lines: z.array(orderLine).min(1).max(500).superRefine(eachSkuOnce),
    shippingFee: amount,
    adjustments: z.array(adjustment).max(50).exactOptional(),
    payment: z.discriminatedUnion('method', [cardPayment, z.strictObject({ method: z.literal('later') })]),
    shippingAddress: address,
    carrier: carrier.exactOptional(),
    /** The shop's own number of the order. */
    reference: id.exactOptional(),
    email: z.email().max(254).exactOptional(),
    metadata: z
      .record(text(40), line(500))
      .refine((entries) => Object.keys(entries).length <= 20, 'must have at most 20 entries')
      .exactOptional(),
  })
  .superRefine((order, context) => {
    const problem = wrongTotal(order);
    if (problem) context.addIssue({ code: 'custom', ...problem });
  })
  .meta({ id: 'PlaceOrder' });
export interface PlaceOrder extends z.infer<typeof placeOrder> {}

function wrongTotal(order: Parameters<typeof orderTotal>[0]): { path: string[]; message: string } | undefined {
  const total = orderTotal(order);
  if (total >= 1 && total <= largestAmount) return undefined;
  const before = orderTotal({ ...order, adjustments: [] });
  // The total is no field of its own, so the error names the part that makes it wrong.
  const path = before >= 1 && before <= largestAmount ? ['adjustments'] : ['lines'];
  return { path, message: `the order's total (lines + shippingFee + adjustments) must be 1 to ${largestAmount}` };
}
