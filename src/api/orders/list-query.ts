import { z } from 'zod';
import { orderStatuses } from '../../../contracts/statuses.js';
import { id, rfc3339 } from '../../../contracts/values.schema.js';
import { ApiProblem } from '../problems/problem.js';

/** A plus sign that was not percent-encoded has become a space on its way. */
const instant = rfc3339(z.string().overwrite((text) => text.replace(/ (?=\d\d:\d\d$)/, '+')));

/** The query of GET /v1/orders. */
export const listQuery = z.strictObject({
  status: z
    .preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(z.enum(orderStatuses)).min(1).max(50))
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
      // What cannot be a cursor is not worth asking the book for; one that can is for the book to judge.
      if (/^[A-Za-z0-9_=.:-]{1,500}$/.test(text)) return text;
      throw new ApiProblem('invalid_cursor', 'The cursor is not one that this list gave; start without one');
    })
    .exactOptional(),
});
export type ListFilter = z.output<typeof listQuery>;
