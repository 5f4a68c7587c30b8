import { z } from 'zod';
import { countries, currencies } from './iso-codes.js';
import { orderTotal } from './money.js';
import type { Address, PlaceOrder } from './order.js';
import { line, text } from './text.schema.js';
import { amount, cardToken, currency, id, quantity } from './values.schema.js';

export const deliveryAddress = z.strictObject({
  name: text(200),
  line1: text(200),
  line2: text(200).exactOptional(),
  city: text(100),
  region: text(100).exactOptional(),
  postalCode: text(20),
  country: z.string().refine((code) => countries.has(code), 'must be an ISO 3166-1 alpha-2 code such as DE'),
}) satisfies z.ZodType<Address>;

export const orderLine = z.strictObject({
  sku: id,
  quantity,
  unitPrice: amount,
  name: text(200).exactOptional(),
});

const adjustment = z.strictObject({
  kind: z.enum(['discount', 'tax', 'other']),
  label: text(200),
  amount: z.int().min(-largestTotal()).max(largestTotal()),
});

export const cardPayment = z.strictObject({ method: z.literal('card'), token: cardToken });

/** Each sku stands in one line, whose quantity says how many. */
export function eachSkuOnce(lines: readonly { sku: string }[], context: z.core.$RefinementCtx): void {
  const seen = new Set<string>();
  for (const [index, { sku }] of lines.entries()) {
    if (seen.has(sku)) {
      context.addIssue({ code: 'custom', path: [index, 'sku'], message: 'is in another line already: each sku once' });
    }
    seen.add(sku);
  }
}

/** The body of POST /v1/orders. */
export const placeOrder = z
  .strictObject({
    customerId: id,
    currency: currency.refine((code) => currencies.has(code), 'must be an ISO 4217 code such as EUR'),
    lines: z.array(orderLine).min(1).max(500).superRefine(eachSkuOnce),
    shippingFee: amount,
    adjustments: z.array(adjustment).max(50).exactOptional(),
    payment: z.discriminatedUnion('method', [cardPayment, z.strictObject({ method: z.literal('later') })]),
    shippingAddress: deliveryAddress,
    carrier: z.enum(['simulated', 'external']).exactOptional(),
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
  }) satisfies z.ZodType<PlaceOrder>;

function wrongTotal(order: PlaceOrder): { path: string[]; message: string } | undefined {
  const total = orderTotal(order);
  if (total >= 1 && total <= largestTotal()) return undefined;
  const before = orderTotal({ ...order, adjustments: [] });
  // The sum has no field of its own; named is the part that makes it wrong.
  const path = before >= 1 && before <= largestTotal() ? ['adjustments'] : ['lines'];
  return { path, message: `the order's total (lines + shippingFee + adjustments) must be 1 to ${largestTotal()}` };
}

function largestTotal(): number {
  return 1_000_000_000_000;
}
