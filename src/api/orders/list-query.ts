import { z } from 'zod';
import { orderStatuses } from '../../../contracts/statuses.js';
import { id, rfc3339 } from '../../../contracts/values.schema.js';
import { jsonSchema } from '../docs/schemas.js';
import { invalidCursor } from '../book/order-book.js';

/** In a query a plus sign that is not percent-encoded means a space. */
const instant = rfc3339(z.string().overwrite((text) => text.replace(/ (?=\d\d:\d\d$)/, '+')));

const statuses = z.array(z.enum(orderStatuses)).min(1).max(50);

/** The query of GET /v1/orders. */
export const listQuery = z.strictObject({
  status: z
    .preprocess((value) => (typeof value === 'string' ? [value] : value), statuses)
    // A preprocessed schema has no JSON schema of its own.
    .meta({ ...jsonSchema(statuses) })
    .exactOptional(),
  customerId: id.exactOptional(),
  reference: id.exactOptional(),
  placedAfter: instant.exactOptional(),
  placedBefore: instant.exactOptional(),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be 1 to 200')
    .transform(Number)
    .pipe(z.int().min(1, 'must be 1 to 200').max(200, 'must be 1 to 200'))
    .default(50),
  cursor: z
    .string()
    .transform((text) => {
      // Saves a call to the book, which checks the rest.
      if (/^[A-Za-z0-9_=.:-]{1,500}$/.test(text)) return text;
      throw invalidCursor();
    })
    .exactOptional(),
});
export type ListFilter = z.output<typeof listQuery>;
