import { z } from 'zod';
import { bulkCommand, bulkOrder, bulkResults, bulkSelection, storedBulk } from '../../contracts/bulk.schema.js';
import { note } from '../../contracts/note.schema.js';
import { currency, id, sum, time } from '../../contracts/values.schema.js';
import { operations } from '../support/operation.js';
import { pageOf, pageQuery } from '../support/pages.schema.js';
import { filter, troubleGroup } from './filter.schema.js';

const count = z.int().min(0);
const bulkParams = z.strictObject({ bulkId: z.string().min(1).max(100) });
/** The only shop that the caller may see; absent for all. */
const shop = { shopId: id.optional() };

/** What the book does for the people who watch and repair orders. No run of an order calls it. */
export const deskContract = operations({
  countOrders: {
    method: 'GET',
    path: '/v1/counts',
    summary:
      'How many orders match by status, and how many of them are stuck or overdue. `exact` is false when it stopped counting',
    query: z.strictObject(filter),
    answer: z.strictObject({
      byStatus: z.record(z.string(), z.int()),
      stuck: z.int(),
      overdue: z.int(),
      exact: z.boolean(),
    }),
  },
  listTrouble: {
    method: 'GET',
    path: '/v1/trouble',
    summary: 'Stuck and overdue orders, grouped by their cause, the largest group first',
    query: z.strictObject({ shopId: id.optional() }),
    answer: z.strictObject({
      items: z.array(
        z.strictObject({
          ...troubleGroup,
          orders: z.int(),
          since: time,
          newest: time,
          atStake: z.array(z.strictObject({ currency, total: sum })),
          /** Ids of those that have waited longest. */
          examples: z.array(id),
        }),
      ),
    }),
  },
  createBulk: {
    method: 'PUT',
    path: '/v1/bulks/:bulkId',
    summary: 'Select orders for a command, and store them. The same id again changes nothing',
    params: bulkParams,
    body: z.strictObject({
      fingerprint: z.string(),
      by: z.string(),
      /** The only shop whose orders may be selected; absent for all. */
      shopId: id.optional(),
      command: bulkCommand,
      /** As the operator wrote it. */
      select: bulkSelection,
      find: z.union([
        z.strictObject({ ids: z.array(id).max(5_000) }),
        z.strictObject({ filter: z.strictObject(filter) }),
      ]),
      start: z.boolean(),
    }),
    answer: z.strictObject({ bulk: storedBulk, isNew: z.boolean() }),
    rejections: ['idempotency_key_reused', 'too_many_orders'],
  },
  listBulks: {
    method: 'GET',
    path: '/v1/bulks',
    summary: 'Bulks, newest first',
    query: z.strictObject({ ...shop, ...pageQuery }),
    answer: pageOf(storedBulk),
    rejections: ['invalid_cursor'],
  },
  getBulk: {
    method: 'GET',
    path: '/v1/bulks/:bulkId',
    summary: 'A bulk, with its counts',
    params: bulkParams,
    query: z.strictObject(shop),
    answer: storedBulk,
    rejections: ['not_found'],
  },
  listBulkOrders: {
    method: 'GET',
    path: '/v1/bulks/:bulkId/orders',
    summary: 'The orders of a bulk, with what the bulk does or did to each',
    params: bulkParams,
    query: z.strictObject({ ...shop, result: z.enum(bulkResults).optional(), ...pageQuery }),
    answer: pageOf(bulkOrder),
    rejections: ['not_found', 'invalid_cursor'],
  },
  listBulkResults: {
    method: 'GET',
    path: '/v1/bulks/:bulkId/results',
    summary:
      'Results after a number, in the order in which they came; without `after`, none, and the number to go on from',
    params: bulkParams,
    query: z.strictObject({ after: z.coerce.number().int().min(0).optional(), limit: pageQuery.limit }),
    answer: z.strictObject({
      items: z.array(z.strictObject({ number: z.int(), order: bulkOrder })),
      next: z.int(),
    }),
  },
  startBulk: {
    method: 'POST',
    path: '/v1/bulks/:bulkId/start',
    summary: 'Start a bulk, or go on with it. Orders that could not be asked are asked again',
    params: bulkParams,
    body: z.strictObject(shop),
    answer: storedBulk,
    rejections: ['not_found'],
  },
  stopBulk: {
    method: 'POST',
    path: '/v1/bulks/:bulkId/stop',
    summary: 'Stop a bulk that runs',
    params: bulkParams,
    body: z.strictObject(shop),
    answer: storedBulk,
    rejections: ['not_found'],
  },
  takeBulkPage: {
    method: 'POST',
    path: '/v1/bulks/:bulkId/page',
    summary: 'The next orders to ask; none if the bulk does not run. If no order is left, the bulk is done',
    params: bulkParams,
    body: z.strictObject({ limit: z.int().min(1).max(500) }),
    answer: z.strictObject({
      by: z.string(),
      command: bulkCommand,
      orders: z.array(z.strictObject({ orderId: id, step: z.string().exactOptional() })),
    }),
    rejections: ['not_found'],
  },
  settleBulkOrders: {
    method: 'POST',
    path: '/v1/bulks/:bulkId/settled',
    summary: 'Store results. An order that has one keeps it',
    params: bulkParams,
    body: z.strictObject({
      results: z.array(
        z.strictObject({
          orderId: id,
          result: z.enum(['done', 'refused', 'failed']),
          code: z.string().exactOptional(),
          message: z.string().exactOptional(),
        }),
      ),
    }),
    answer: z.strictObject({}),
  },
  getInsights: {
    method: 'GET',
    path: '/v1/insights',
    summary:
      'How long the orders and their steps took that ended from one hour (inclusive) to another. p50 and p95 come from buckets, and are right within 5 %',
    query: z.strictObject({
      process: z.string(),
      version: z.coerce.number().int().optional(),
      from: time,
      to: time,
    }),
    answer: z.strictObject({
      subjects: z.array(
        z.strictObject({
          /** See Measure in measures.ts. */
          subject: z.string(),
          count,
          p50Ms: count,
          p95Ms: count,
          totalMs: count,
          attempts: count,
          critical: count,
        }),
      ),
    }),
  },
  getOverview: {
    method: 'GET',
    path: '/v1/overview',
    summary:
      'Where the open orders are, which calls are retried, and how many orders were placed in each of the last minutes',
    answer: z.strictObject({
      placed: z.array(z.strictObject({ at: time, orders: count })),
      inFlight: z.array(z.strictObject({ step: z.string(), orders: count })),
      retrying: z.array(
        z.strictObject({ step: z.string(), code: z.string(), service: z.string().nullable(), orders: count }),
      ),
    }),
  },
  addNote: {
    method: 'POST',
    path: '/v1/orders/:orderId/notes',
    summary: 'Add a note to an order. The same id again changes nothing',
    params: z.strictObject({ orderId: id }),
    body: z.strictObject({ id: z.string().min(1).max(100), by: z.string(), text: z.string() }),
    answer: note,
  },
  listNotes: {
    method: 'GET',
    path: '/v1/orders/:orderId/notes',
    summary: 'The notes of an order, oldest first',
    params: z.strictObject({ orderId: id }),
    answer: z.strictObject({ items: z.array(note) }),
  },
});
