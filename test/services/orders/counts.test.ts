import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { orderStatuses } from '../../../contracts/statuses.js';
import type { OrdersClient } from '../../../services/orders/client.js';
import { foldCounts, recount } from '../../../services/orders/counts.js';
import { migrations } from '../../../services/orders/migrations/index.js';
import { Publisher } from '../../../services/orders/publish.js';
import { openDatabase, type Db } from '../../../services/support/database.js';
import { createDatabase } from '../../support/postgres.js';
import { startBook, type TestBook } from './book.js';
import { orderView, position, publication, returnView } from './views.js';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const open = (serverUrl: string, known = migrations as Parameters<typeof openDatabase>[0]['migrations']) =>
  openDatabase({ serverUrl, name: 'orders', migrations: known, log });

let book: TestBook;
let clients: OrdersClient[];
let direct: Db;
beforeAll(async () => {
  book = await startBook();
  clients = [book.client, await book.another()];
  direct = await open(book.databaseUrl);
});
afterAll(async () => {
  await direct.destroy();
  await book.close();
});

async function fullCount(db: Db): Promise<Record<string, number>> {
  const { rows } = await sql<{ status: string; orders: number }>`
    select status, count(*) as orders from orders where view is not null group by status`.execute(db);
  return Object.fromEntries(rows.map(({ status, orders }) => [status, orders]));
}
const rowsOf = async (db: Db) => (await sql`select from order_counts`.execute(db)).rows.length;
const byStatus = async () => (await book.client.getStats({})).byStatus;

it('are what a full count finds after any publications, in any order and from two instances', async () => {
  const step = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant('order' as const),
        id: fc.integer({ min: 1, max: 12 }),
        status: fc.constantFrom(...orderStatuses),
        shopId: fc.constantFrom('north', 'south'),
        run: fc.constantFrom('run-1', 'run-2'),
        length: fc.integer({ min: 1, max: 9 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constantFrom('returns' as const, 'late' as const),
        id: fc.integer({ max: 20, min: 1 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('fold' as const, 'recount' as const) }) },
  );
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), fc.boolean(), async (steps, together) => {
      round += 1;
      const send = async (each: (typeof steps)[number], n: number): Promise<void> => {
        const client = clients[n % 2]!;
        if (!('id' in each)) return each.kind === 'fold' ? foldCounts(direct) : recount(direct);
        const orderId = `r${round}_${each.id}`;
        if (each.kind === 'order') {
          const { status, shopId, run, length } = each;
          const body = publication(orderView({ id: orderId, status, shopId }), { runId: run, length });
          await client.publish({ params: { orderId }, body });
        } else if (each.kind === 'returns') {
          await client.publishReturns({
            params: { orderId },
            body: { position: position({ length: n }), returns: [returnView()] },
          });
        } else {
          const payment = { id: `p${n}`, at: '2026-01-02T00:00:00.000Z', outcome: 'returned' as const };
          await client.publishLatePayments({ params: { orderId }, body: { payments: [payment] } });
        }
      };
      if (together) await Promise.all(steps.map(send));
      else for (const [n, each] of steps.entries()) await send(each, n);
      expect(await byStatus()).toEqual(await fullCount(direct));
    }),
    { numRuns: 40 },
  );
});

it('are right while they are folded and counted again at every moment, and stay few rows', async () => {
  let writing = true;
  const replacing = (async () => {
    for (let n = 0; writing; n += 1) await (n % 2 ? recount(direct) : foldCounts(direct));
  })();
  for (let n = 0; n < 20; n += 1) {
    await Promise.all(
      Array.from({ length: 20 }, (_, k) => {
        const view = orderView({ id: `busy_${k}`, status: orderStatuses[(n + k) % orderStatuses.length]! });
        return clients[k % 2]!.publish({ params: { orderId: view.id }, body: publication(view, { length: n + 1 }) });
      }),
    );
  }
  writing = false;
  await replacing;
  expect(await byStatus()).toEqual(await fullCount(direct));
  await foldCounts(direct);
  expect(await rowsOf(direct)).toBeLessThanOrEqual(orderStatuses.length);
});

it('a thousand publications fold them', async () => {
  const publisher = new Publisher(direct, log);
  await recount(direct);
  await Promise.all(
    Array.from({ length: 1000 }, (_, n) => publisher.publish(publication(orderView({ id: `thousand_${n}` })))),
  );
  expect(await rowsOf(direct)).toBeLessThan(1000);
  expect(await byStatus()).toEqual(await fullCount(direct));
});

it('are right again after a recount when somebody has changed the tables by hand', async () => {
  await sql`insert into order_counts values ('placed', 41), ('failed', -3)`.execute(direct);
  expect(await byStatus()).not.toEqual(await fullCount(direct));
  expect((await book.client.recount({})).byStatus).toEqual(await fullCount(direct));
});

it('a book of an earlier release is counted by the migration', async () => {
  const database = await createDatabase();
  try {
    const { '004_order_counts': _, ...before } = migrations;
    const old = await open(database.url, before);
    const publisher = new Publisher(old, log);
    for (const [n, status] of (['placed', 'placed', 'completed'] as const).entries()) {
      await publisher.publish(publication(orderView({ id: `old_${n}`, status })));
    }
    await old.destroy();
    const now = await open(database.url);
    const counted = await sql`select status, orders from order_counts order by status`.execute(now);
    await now.destroy();
    expect(counted.rows).toEqual([
      { status: 'completed', orders: 1 },
      { status: 'placed', orders: 2 },
    ]);
  } finally {
    await database.drop();
  }
});
