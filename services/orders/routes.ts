import { defaultLimit } from '../support/pages.js';
import { Problem } from '../../src/platform/problem.js';
import type { Db, Log } from '../support/database.js';
import { Rejection } from '../support/errors.js';
import type { Handlers } from '../support/handlers.js';
import type { ChangeBell } from './change-bell.js';
import type { ordersContract } from './contract.js';
import { recount } from './counts.js';
import { readInsights, readOverview } from './insights.js';
import { addNote, readNotes } from './notes.js';
import { Publisher, publishLatePayments, publishReturns } from './publish.js';
import { Bulks } from './bulks.js';
import { BookReader } from './store.js';

export function ordersHandlers(db: Db, bell: ChangeBell, log: Log): Handlers<typeof ordersContract> {
  const publisher = new Publisher(db, log);
  const book = new BookReader(db);
  const bulks = new Bulks(db);
  return {
    publish: async ({ params, body }) => {
      if (body.view.id !== params.orderId) {
        throw new Problem(
          422,
          'validation_failed',
          `The view has the id ${body.view.id}, the path has ${params.orderId}`,
          {
            errors: [{ path: '/view/id', message: 'must be the order id of the path' }],
          },
        );
      }
      return { revision: await publisher.publish(body) };
    },

    publishReturns: async ({ params, body }) => ({
      revision: await publishReturns(db, { orderId: params.orderId, ...body }),
    }),

    publishLatePayments: async ({ params, body }) => ({
      revision: await publishLatePayments(db, params.orderId, body.payments),
    }),

    getOrder: async ({ params }) => {
      const entry = await book.find(params.orderId);
      if (!entry) throw new Rejection('not_found', `The book has no order ${params.orderId}`);
      return entry;
    },

    listOrders: ({ query }) => book.list(query),

    countOrders: ({ query }) => book.counts(query),

    listTrouble: ({ query }) => book.trouble(query.shopId),

    getInsights: ({ query }) => readInsights(db, query),
    getOverview: () => readOverview(db),

    addNote: ({ params, body }) => addNote(db, params.orderId, body),
    listNotes: async ({ params }) => ({ items: await readNotes(db, params.orderId) }),

    createBulk: ({ params, body }) => bulks.create(params.bulkId, body),
    listBulks: ({ query }) => bulks.list(query),
    getBulk: ({ params, query }) => bulks.get(params.bulkId, query.shopId),
    listBulkOrders: ({ params, query }) => bulks.orders(params.bulkId, query),
    listBulkResults: ({ params, query }) => bulks.results(params.bulkId, query),
    startBulk: ({ params, body }) => bulks.start(params.bulkId, body.shopId),
    stopBulk: ({ params, body }) => bulks.stop(params.bulkId, body.shopId),
    takeBulkPage: ({ params, body }) => bulks.takePage(params.bulkId, body.limit),
    settleBulkOrders: async ({ params, body }) => {
      await bulks.settle(params.bulkId, body.results);
      return {};
    },

    listChanges: async ({ query, signal }) => {
      const { shopId, orderId, waitMs = 0, limit = defaultLimit } = query;
      const filter = { shopId, orderId };
      const deadline = Date.now() + waitMs;
      for (let after = query.after; ;) {
        const waiting = bell.wait(filter, deadline - Date.now(), signal);
        try {
          const changes = await book.changes(after, filter, limit);
          if (changes.items.length > 0 || waiting.isOver) return changes;
          after = changes.next;
          await waiting.over;
        } finally {
          waiting.end();
        }
      }
    },

    getStats: () => book.stats(),

    recount: async () => {
      await recount(db);
      return book.stats();
    },
  };
}
