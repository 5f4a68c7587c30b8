import { z } from 'zod';
import { orderFilter } from '../../../contracts/search.schema.js';
import { orderStatuses } from '../../../contracts/statuses.js';
import { rfc3339 } from '../../../contracts/values.schema.js';
import { jsonSchema } from '../docs/schemas.js';
import { invalidCursor } from '../book/order-book.js';

/** In a query a plus sign that is not percent-encoded means a space. */
export const queryInstant = rfc3339(z.string().overwrite((text) => text.replace(/ (?=\d\d:\d\d$)/, '+')));

const statuses = z.array(z.enum(orderStatuses)).min(1).max(50);

const filter = {
  ...orderFilter.shape,
  status: z
    .preprocess((value) => (typeof value === 'string' ? [value] : value), statuses)
    // A preprocessed schema has no JSON schema of its own.
    .meta({ ...jsonSchema(statuses) })
    .exactOptional(),
  placedAfter: queryInstant.exactOptional(),
  placedBefore: queryInstant.exactOptional(),
};

/** The `limit` and the `cursor` of every paged list. */
export const pageQuery = {
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
};

/** The query of GET /v1/orders. */
export const listQuery = z.strictObject({ ...filter, ...pageQuery });
export type ListFilter = z.output<typeof listQuery>;

/** The query of GET /v1/orders/counts. */
export const countQuery = z.strictObject(filter);
