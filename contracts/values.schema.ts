import { z } from 'zod';
import { countries } from './iso-codes.js';
import { largestAmount } from './money.js';
import { text } from './text.schema.js';
import { utcTime } from './time.js';

/** The small values that every boundary checks the same way. */

/** An id that comes from outside: of a customer, a sku, a warehouse. */
export const id = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 . _ -');
/** A shipment id is made of an order id and a warehouse, so it can be longer than an id from outside. */
export const shipmentId = z.string().regex(/^[A-Za-z0-9._-]{1,140}$/, 'must be 1 to 140 of A-Z a-z 0-9 . _ -');
/**
 * The payment provider's token for a card. Never the card number: 12 digits in a row are refused, and so are the digits of a card in
 * groups (4111-1111-1111-1111).
 */
export const cardToken = z
  .string()
  .regex(
    /^(?!.*\d{12})(?!.*(?<![A-Za-z0-9])\d{4}([_-])(?:\d{4}\1\d{4}\1\d{1,7}|\d{6}\1\d{5})(?![A-Za-z0-9]))[A-Za-z0-9_-]{1,255}$/,
    'must be a card token, 1 to 255 of A-Z a-z 0-9 _ -, and never a card number',
  );
/** Pieces of one sku. */
export const quantity = z.int().min(1).max(10_000);
/** Money in minor units of the order's currency. */
export const amount = z.int().min(0).max(largestAmount);
/** The form of an ISO 4217 code. */
export const currency = z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as EUR');
/** `simulated`: the shipping service plays the carrier. `external`: a real carrier sends webhooks. */
export const carrier = z.enum(['simulated', 'external']);

export const lineQuantity = z.strictObject({ sku: id, quantity });
export interface LineQuantity extends z.infer<typeof lineQuantity> {}

/** At least one line, and each sku in one line only. */
export const lineQuantities = z.array(lineQuantity).min(1).max(500).superRefine(eachSkuOnce);

/** Reports every line whose sku is in an earlier line. */
export function eachSkuOnce(lines: readonly { sku: string }[], context: z.core.$RefinementCtx): void {
  const seen = new Set<string>();
  for (const [index, { sku }] of lines.entries()) {
    if (seen.has(sku)) {
      context.addIssue({ code: 'custom', path: [index, 'sku'], message: 'is in another line already: each sku once' });
    }
    seen.add(sku);
  }
}

/** The lines that one warehouse sends. */
export const allocation = z.strictObject({ warehouse: id, lines: lineQuantities });
export interface Allocation extends z.infer<typeof allocation> {}

/** A sum of several amounts, so it has no upper limit. */
export const sum = z.int().min(0);

/** The sums of an order's payment, in minor units. */
export const balance = z.strictObject({
  /** The amount on hold: authorized, and not yet captured or released. */
  authorized: sum,
  captured: sum,
  refunded: sum,
});
export interface Balance extends z.infer<typeof balance> {}

/** Reads an RFC 3339 time in any form and converts it to UTC with milliseconds. */
export const rfc3339 = (text: z.ZodString) =>
  text
    .refine((value) => utcTime(value) !== undefined, {
      message: 'must be an RFC 3339 time such as 2024-05-01T12:00:00Z, of the years 0000 to 9999',
      abort: true,
    })
    .overwrite((value) => utcTime(value) ?? value)
    .meta({ format: 'date-time' });
export const time = rfc3339(z.string());

export const address = z.strictObject({
  name: text(200),
  line1: text(200),
  line2: text(200).exactOptional(),
  city: text(100),
  region: text(100).exactOptional(),
  postalCode: text(20),
  /** ISO 3166-1 alpha-2. */
  country: z.string().refine((code) => countries.has(code), 'must be an ISO 3166-1 alpha-2 code such as DE'),
});
export interface Address extends z.infer<typeof address> {}
