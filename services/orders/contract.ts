import { z } from 'zod';
import type { OrderView, ReturnView } from '../../contracts/order.js';
import { latePayment, position } from '../../contracts/publication.schema.js';
import { orderStatuses, returnStatuses, stepStates } from '../../contracts/statuses.js';
import { amount, currency, id, sum, time } from '../../contracts/values.schema.js';
import { operations } from '../support/operation.js';
import { pageOf, pageQuery } from '../support/pages.schema.js';
import { deskContract } from './desk-contract.js';
import { filter } from './filter.schema.js';

/**
 * A view that the book stores unchanged. The run that made it is responsible for its content. The book checks only the fields that it
 * indexes or combines with returns.
 */
function carried<T>(needed: z.ZodType) {
  return z.custom<T>().superRefine((value, context) => {
    for (const { path, message } of needed.safeParse(value).error?.issues ?? []) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  });
}

const pieces = z.array(z.object({ sku: id, quantity: amount }));
const orderView = carried<OrderView>(
  z.object({
    id,
    shopId: id,
    customerId: id,
    reference: id.optional(),
    status: z.enum(orderStatuses),
    currency,
    total: sum,
    lines: z.array(z.object({ sku: id })),
    payment: z.object({ status: z.string(), captured: amount, refunded: amount }),
    shipments: z.array(z.object({ status: z.string(), lines: pieces })),
    returns: z.array(z.object({})),
    steps: z.array(z.object({ id: z.string(), state: z.enum(stepStates), dueAt: time.optional() })),
    possible: z.array(z.string()),
    placedAt: time,
    updatedAt: time,
  }),
);
const returnView = carried<ReturnView>(
  z.object({ id, status: z.enum(returnStatuses), lines: pieces, refunded: amount }),
);

/** A stored view. `change` is the number of its write among all writes of the book; it is the SSE id. */
const bookEntry = z.strictObject({ change: z.int(), fingerprint: z.string(), view: orderView });
export type BookEntry = z.infer<typeof bookEntry>;

const orderParams = z.strictObject({ orderId: id });
/** The number of the order's stored view. */
const revision = z.int();
const stats = z.strictObject({ byStatus: z.record(z.string(), z.int()), overdue: z.int() });

/**
 * The order book: the projection of all runs, which lists, searches and event streams read. It keeps the newest view of each order (see
 * Position in contracts/publication.schema.ts). An older view changes nothing and is answered with the stored revision.
 */
export const bookContract = operations({
  publish: {
    method: 'PUT',
    path: '/v1/orders/:orderId',
    summary: 'Store the view of an order if it is newer than the stored one',
    params: orderParams,
    body: z.strictObject({ position, fingerprint: z.string(), view: orderView }),
    answer: z.strictObject({ revision }),
  },
  publishReturns: {
    method: 'PUT',
    path: '/v1/orders/:orderId/returns',
    summary:
      "Store returns of an order, each if it is newer than the stored one. The book keeps the other returns, and puts all of them into the order's view",
    params: orderParams,
    body: z.strictObject({ position, returns: z.array(returnView) }),
    answer: z.strictObject({ revision }),
  },
  publishLatePayments: {
    method: 'PUT',
    path: '/v1/orders/:orderId/late-payments',
    summary:
      "Add payments of an order that came late and were given back. The book adds them to the attempts of the order's payment",
    params: orderParams,
    body: z.strictObject({ payments: z.array(latePayment).min(1) }),
    answer: z.strictObject({ revision }),
  },
  getOrder: {
    method: 'GET',
    path: '/v1/orders/:orderId',
    summary: 'The stored view',
    params: orderParams,
    answer: bookEntry,
    rejections: ['not_found'],
  },
  listOrders: {
    method: 'GET',
    path: '/v1/orders',
    summary:
      'Views, newest first by placedAt, then by id. A page of large views can have fewer than `limit`; nextCursor says whether there are more',
    query: z.strictObject({ ...filter, ...pageQuery }),
    answer: pageOf(orderView),
    rejections: ['invalid_cursor'],
  },
  listChanges: {
    method: 'GET',
    path: '/v1/changes',
    summary:
      'Writes after a change number, oldest first; waits up to waitMs for the first one. The book keeps only the newest view of each order, so a slow reader does not see every state. A page of large views can have fewer than `limit`',
    query: z.strictObject({
      /** If absent, the changes from now on. */
      after: z.coerce.number().int().min(0).optional(),
      shopId: id.optional(),
      orderId: id.optional(),
      waitMs: z.coerce.number().int().min(0).max(30_000).optional(),
      limit: pageQuery.limit,
    }),
    answer: z.strictObject({ items: z.array(bookEntry), /** The `after` of the next call. */ next: z.int() }),
  },
  getStats: {
    method: 'GET',
    path: '/v1/stats',
    summary: 'How many orders have each status, and how many have an overdue step; for metrics',
    answer: stats,
  },
  recount: {
    method: 'POST',
    path: '/v1/stats/recount',
    summary: 'Count all orders again, in case that the tables were changed by hand',
    answer: stats,
  },
});

export const ordersContract = { ...bookContract, ...deskContract };
export { deskContract };
