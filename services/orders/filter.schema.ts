import { z } from 'zod';
import { orderFilter } from '../../contracts/search.schema.js';
import { orderStatuses } from '../../contracts/statuses.js';
import { troubleKinds } from '../../contracts/trouble.js';

/** A group of orders with the same trouble. An empty text stands for none. */
export const troubleGroup = {
  kind: z.enum(troubleKinds),
  /** The step that holds the orders up, without its branch. */
  step: z.string(),
  /** Why: the code of the step's failure, and the service that it is about. */
  code: z.string(),
  service: z.string(),
};
/** The filters of the lists: see {@link orderFilter}. `group` is one group or a list of groups, written as JSON. */
const { group: _, ...plainFilter } = orderFilter.shape;
export const filter = {
  ...plainFilter,
  status: z.preprocess(
    (v) => (v === undefined || Array.isArray(v) ? v : [v]),
    z.array(z.enum(orderStatuses)).optional(),
  ),
  group: z
    .string()
    .transform((text, context) => {
      try {
        const parsed: unknown = JSON.parse(text);
        return [parsed].flat();
      } catch {
        context.addIssue({ code: 'custom', message: 'must be JSON' });
        return z.NEVER;
      }
    })
    .pipe(z.array(z.strictObject(troubleGroup)).min(1))
    .optional(),
};
