import { z } from 'zod';
import { orderStatuses } from './statuses.js';
import { troubleKinds } from './trouble.js';
import { id, time } from './values.schema.js';

const groupId = z.string().regex(/^[A-Za-z0-9_-]{1,500}$/, 'must be the id of a group');

/** Which orders are meant: those that match every field. */
export const orderFilter = z
  .strictObject({
    status: z.array(z.enum(orderStatuses)).min(1).max(50).exactOptional(),
    orderId: id.exactOptional(),
    customerId: id.exactOptional(),
    reference: id.exactOptional(),
    /** In one of the order's lines. */
    sku: id.exactOptional(),
    shopId: id.exactOptional(),
    /** `failure.code` of the order. */
    failureCode: id.exactOptional(),
    /** The step that the order has reached, without its branch. */
    step: id.exactOptional(),
    /** Orders that are stuck, overdue, or either. */
    trouble: z.enum(['any', ...troubleKinds]).exactOptional(),
    /** The id of a group of GET /v1/trouble, or a list of ids: orders of any of these groups. */
    group: z.union([groupId, z.array(groupId).min(1).max(50)]).exactOptional(),
    /** Inclusive. */
    placedAfter: time.exactOptional(),
    /** Exclusive. */
    placedBefore: time.exactOptional(),
  })
  .meta({ id: 'OrderFilter' });
export interface OrderFilter extends z.infer<typeof orderFilter> {}
