import { z } from 'zod';
import { bulkCommand, bulkOrder, bulkResults, bulkSelection, storedBulk } from '../../../contracts/bulk.schema.js';
import { pageQuery } from '../orders/list-query.js';

/** The body of POST /v1/bulk. */
export const createBulk = z
  .strictObject({
    select: bulkSelection,
    command: bulkCommand,
    /** True: only a draft is stored, which shows what the bulk would do. */
    dryRun: z.boolean().default(false),
  })
  .meta({ id: 'CreateBulk' });
export type CreateBulk = z.output<typeof createBulk>;

export const bulk = z
  .strictObject({
    ...storedBulk.shape,
    ratePerSecond: z.int(),
    links: z.strictObject({ self: z.string(), orders: z.string(), events: z.string(), temporalUi: z.string() }),
  })
  .meta({ id: 'Bulk' });
export type Bulk = z.infer<typeof bulk>;

export const bulkList = z
  .strictObject({ items: z.array(bulk), nextCursor: z.string().nullable() })
  .meta({ id: 'BulkList' });
export const bulkOrders = z
  .strictObject({ items: z.array(bulkOrder), nextCursor: z.string().nullable() })
  .meta({ id: 'BulkOrders' });

export const bulkQuery = z.strictObject(pageQuery);
export const bulkOrdersQuery = z.strictObject({ result: z.enum(bulkResults).exactOptional(), ...pageQuery });
export const emptyBody = z.strictObject({}).meta({ id: 'Empty' });
