import { z } from 'zod';
import { orderStatuses } from '../../../contracts/statuses.js';
import { troubleKinds } from '../../../contracts/trouble.js';

const instant = z.iso.datetime();

export const orderCounts = z
  .strictObject({
    /** Every status, also those that no order has. */
    byStatus: z.record(z.enum(orderStatuses), z.int()),
    /** Orders in `needs_attention`. */
    stuck: z.int(),
    /** Orders with a step that takes longer than expected; those that are stuck are not among them. */
    overdue: z.int(),
    /** False: counting stopped at 10,000, and each number means "at least". */
    exact: z.boolean(),
  })
  .meta({ id: 'OrderCounts' });

const troubleGroup = z.strictObject({
  /** For `group` of the lists. */
  id: z.string(),
  kind: z.enum(troubleKinds),
  /** The step that holds the orders up, without its branch. */
  step: z.string(),
  /** Why it does; null if the step only takes longer than expected. */
  failureCode: z.string().nullable(),
  /** The service that fails or rejects the call; null if the failure is not about one. */
  service: z.string().nullable(),
  orders: z.int(),
  /** When the first of the orders got into trouble. */
  since: instant,
  /** When the last one did. */
  newest: instant,
  /** What the orders are worth, by currency, in minor units. */
  atStake: z.array(z.strictObject({ currency: z.string(), total: z.int() })),
  /** Ids of the orders that have waited longest. */
  examples: z.array(z.string()),
});

export const troubleList = z.strictObject({ at: instant, items: z.array(troubleGroup) }).meta({ id: 'Trouble' });
export type TroubleList = z.infer<typeof troubleList>;
