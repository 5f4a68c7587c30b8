import { z } from 'zod';
import { utcTime } from './time.js';

/** The small values that every boundary checks the same way. */
export const id = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 . _ -');
/** Shipment ids are made of an order id and a warehouse, so they may be longer than an id given from outside. */
export const shipmentId = z.string().regex(/^[A-Za-z0-9._-]{1,140}$/, 'must be 1 to 140 of A-Z a-z 0-9 . _ -');
/**
 * The token of a payment provider for a card. Never the card's number: 12 digits in a row are refused, and so are those of a card written in
 * groups (4111-1111-1111-1111).
 */
export const cardToken = z
  .string()
  .regex(
    /^(?!.*\d{12})(?!.*(?<![A-Za-z0-9])\d{4}([_-])(?:\d{4}\1\d{4}\1\d{1,7}|\d{6}\1\d{5})(?![A-Za-z0-9]))[A-Za-z0-9_-]{1,255}$/,
    'must be a card token, 1 to 255 of A-Z a-z 0-9 _ -, and never a card number',
  );
export const quantity = z.int().min(1).max(10_000);
export const amount = z.int().min(0).max(1_000_000_000_000);
export const currency = z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as EUR');
export const lineQuantity = z.strictObject({ sku: id, quantity });
export const lineQuantities = z.array(lineQuantity).min(1).max(500);
/** Reads a text as RFC 3339 in any form, and gives it on in UTC with milliseconds. */
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
  name: z.string().min(1).max(200),
  line1: z.string().min(1).max(200),
  line2: z.string().max(200).optional(),
  city: z.string().min(1).max(100),
  region: z.string().max(100).optional(),
  postalCode: z.string().min(1).max(20),
  country: z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code such as DE'),
});
