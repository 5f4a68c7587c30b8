import { z } from 'zod';
import { orderFilter } from './search.schema.js';
import { orderStatuses } from './statuses.js';
import { text } from './text.schema.js';
import { id, time } from './values.schema.js';

/** A bulk is one decision of an operator for many orders. */

/** The most orders that one bulk selects. */
export const mostBulkOrders = 20_000;

/** What every order of a bulk is told. `retry`, `skip` and `abandon` are about the step that holds the order up. */
export const bulkCommand = z
  .discriminatedUnion('action', [
    z.strictObject({ action: z.enum(['retry', 'skip', 'abandon']) }),
    z.strictObject({ action: z.literal('cancel'), reason: text(500).exactOptional() }),
    z.strictObject({
      action: z.literal('review'),
      decision: z.enum(['approve', 'reject']),
      note: text(500).exactOptional(),
    }),
    z.strictObject({ action: z.literal('decision'), decision: z.enum(['accept_partial', 'cancel']) }),
  ])
  .meta({ id: 'BulkCommand' });
export type BulkCommand = z.infer<typeof bulkCommand>;

/** The orders that are meant: by their ids, or all that match a filter with at least one field. */
export const bulkSelection = z
  .union([
    z.strictObject({ ids: z.array(id).min(1).max(5_000) }),
    z.strictObject({
      filter: orderFilter.refine(
        (filter) => Object.keys(filter).length > 0,
        'must have a field: it would select every order',
      ),
    }),
  ])
  .meta({ id: 'BulkSelection' });
export type BulkSelection = z.infer<typeof bulkSelection>;

const bulkStates = ['draft', 'running', 'stopped', 'done'] as const;
/**
 * `excluded`: the bulk does not touch the order. `done`: the order took the command. `refused`: it did not. `failed`: it could not be asked;
 * it is asked again when the bulk goes on.
 */
export const bulkResults = ['excluded', 'pending', 'done', 'refused', 'failed'] as const;
export type BulkResult = (typeof bulkResults)[number];

export const bulkOrder = z
  .strictObject({
    orderId: id,
    /** The step that the command is about, with its branch. */
    step: z.string().exactOptional(),
    /** The order's status when it was selected; absent for an id of no order. */
    status: z.enum(orderStatuses).exactOptional(),
    result: z.enum(bulkResults),
    /** Why it is excluded, refused or failed. */
    code: z.string().exactOptional(),
    message: z.string().exactOptional(),
    at: time.exactOptional(),
  })
  .meta({ id: 'BulkOrder' });
export interface BulkOrder extends z.infer<typeof bulkOrder> {}

const count = z.int().min(0);

/** A bulk as it is stored. */
export const storedBulk = z.strictObject({
  id: z.string(),
  state: z.enum(bulkStates),
  command: bulkCommand,
  select: bulkSelection,
  /** The name of the key that created it. */
  by: z.string(),
  createdAt: time,
  startedAt: time.exactOptional(),
  endedAt: time.exactOptional(),
  orders: z.strictObject({
    /** Those that the bulk touches: pending, done, refused and failed. */
    selected: count,
    excluded: count,
    pending: count,
    done: count,
    refused: count,
    failed: count,
  }),
});
export interface StoredBulk extends z.infer<typeof storedBulk> {}
