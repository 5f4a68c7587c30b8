import { z } from 'zod';
import { orderStatuses } from '../../../contracts/statuses.js';
import { id } from '../../../contracts/values.schema.js';
import { queryInstant } from '../orders/list-query.js';

const instant = z.iso.datetime();
const count = z.int().min(0);

/** How long something took. All are 0 where nothing was measured. */
const times = {
  count,
  p50Ms: z.number(),
  p95Ms: z.number(),
  meanMs: z.number(),
};
const measured = z.strictObject(times);
export type Times = z.infer<typeof measured>;

export const insights = z
  .strictObject({
    process: z.string(),
    /** Null: of all versions. */
    version: z.int().nullable(),
    /** Whole hours: orders that ended from here on, */
    from: instant,
    /** and before this. */
    to: instant,
    /** How many orders ended in this time. */
    orders: count,
    /** p50 and p95 come from a histogram, and are right within this part of themselves. */
    relativeError: z.number(),
    /** W, the sum of the durations of all steps of an order. */
    totalWork: measured,
    makespan: measured,
    /** Total work divided by makespan, of all orders together. */
    speedUp: z.number(),
    /** The part of the total work that is waiting: for customers, operators, carriers and the like. */
    waitingShare: z.number(),
    /** In the order of the definition. A branch for each parcel counts each time. */
    steps: z.array(
      z.strictObject({
        id: z.string(),
        waits: z.boolean(),
        ...times,
        /** The mean number of attempts. */
        attempts: z.number(),
        /** The part of the runs of the step in which it was on the critical path of its order. */
        criticalShare: z.number(),
      }),
    ),
  })
  .meta({ id: 'Insights' });
export type Insights = z.infer<typeof insights>;

export const overview = z
  .strictObject({
    at: instant,
    byStatus: z.record(z.enum(orderStatuses), count),
    /** Orders placed in each of the last 60 minutes, oldest first. */
    placed: z.array(z.strictObject({ at: instant, orders: count })),
    /** Open orders by the step that they have reached, in the order of the definition. */
    inFlight: z.array(z.strictObject({ step: z.string(), orders: count })),
    from: instant,
    to: instant,
    /** Orders that ended in this time, by how they ended, the most frequent first. */
    ends: z.array(z.strictObject({ status: z.string(), failureCode: z.string().nullable(), orders: count })),
    /** From placing to the confirmation, and to the last delivery, of orders that ended in this time. */
    toConfirmed: measured,
    toDelivered: measured,
    /** Calls that failed and are being retried. */
    retrying: z.array(
      z.strictObject({ step: z.string(), failureCode: z.string(), service: z.string().nullable(), orders: count }),
    ),
  })
  .meta({ id: 'Overview' });
export type Overview = z.infer<typeof overview>;

const range = { from: queryInstant.exactOptional(), to: queryInstant.exactOptional() };
export const overviewQuery = z.strictObject(range);
export const insightsQuery = z.strictObject({
  process: id.default('order'),
  version: z
    .string()
    .regex(/^[1-9]\d{0,5}$/, 'must be the number of a version')
    .transform(Number)
    .exactOptional(),
  ...range,
});
export type Range = z.output<typeof overviewQuery>;
