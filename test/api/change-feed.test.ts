import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { ordersClient, type OrdersClient } from '../../services/orders/client.js';
import type { RunningService } from '../../services/support/run.js';
import { OrderBook } from '../../src/api/book/order-book.js';
import { exampleView } from '../../src/api/docs/examples.js';
import { ChangeFeed, type Scope } from '../../src/api/events/change-feed.js';
import { orderEvents } from '../../src/api/events/order-events.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { until } from '../support/until.js';
import { startBook } from './support/system.js';
import { serviceToken } from '../support/service-token.js';

let database: TestDatabase;
let service: RunningService;
let client: OrdersClient;
let book: OrderBook;
let feed: ChangeFeed;
beforeAll(async () => {
  database = await createDatabase();
  service = await startBook(database);
  client = ordersClient({ baseUrl: service.url, token: serviceToken, timeoutMs: 30_000 });
  const logger = pino({ level: 'silent' });
  book = new OrderBook(client, logger);
  feed = new ChangeFeed(book, logger);
});
afterAll(async () => {
  feed?.beforeApplicationShutdown();
  await client?.close();
  await service?.close();
  await database?.drop();
});

let length = 0;
const publish = (id: string, changes: Partial<OrderView> = {}) =>
  client.publish({
    params: { orderId: id },
    body: {
      position: { runId: `run-${id}`, length: (length += 1), at: Date.now(), seq: length },
      fingerprint: 'f',
      view: { ...exampleView, id, ...changes },
    },
  });

const streamOf = (after: number, signal: AbortSignal) =>
  orderEvents({ feed, scope: {}, after, render: (view) => view, isOver: () => false, signal });

async function take(stream: AsyncGenerator<string>): Promise<string> {
  const { value } = (await stream.next()) as { value: string };
  return value;
}

const idsIn = (text: string) => [...text.matchAll(/"id":"(ord_\w+)"/g)].map(([, id]) => id as string);

it('a reader that pauses for a long time gets the newest state of each order, in bounded memory', async () => {
  const leave = await feed.join();
  const gone = new AbortController();
  const slow = streamOf(feed.head, gone.signal);
  await slow.next();
  // Far more changes than the feed keeps, of few orders, and one of an order that does not change again.
  await publish('ord_once');
  for (let round = 1; round <= 60; round += 1) {
    await Promise.all([1, 2, 3, 4, 5].map((n) => publish(`ord_${n}`, { total: round })));
  }
  const { next } = await book.changes({ waitMs: 0, limit: 1 }, AbortSignal.timeout(5000));
  await until(() => feed.head >= next);

  // The page is one piece of the stream: each piece is a write.
  const events = [...(await take(slow)).matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data!) as OrderView);
  expect(events).toHaveLength(6);
  expect(Object.fromEntries(events.map(({ id, total }) => [id, total]))).toEqual({
    ord_once: exampleView.total,
    ord_1: 60,
    ord_2: 60,
    ord_3: 60,
    ord_4: 60,
    ord_5: 60,
  });
  gone.abort();
  leave();
});

it('a reader that lags behind gets every order, also more than are kept', async () => {
  const leave = await feed.join();
  const gone = new AbortController();
  const slow = streamOf(feed.head, gone.signal);
  await slow.next();
  const ids = Array.from({ length: 450 }, (_, n) => `ord_many${n}`);
  await Promise.all(ids.map((id) => publish(id)));
  await feed.changed(feed.head, {}, 500, gone.signal);
  const seen = new Set<string>();
  while (seen.size < ids.length) {
    const value = await take(slow);
    for (const id of idsIn(value)) if (id.startsWith('ord_many')) seen.add(id);
  }
  expect([...seen].sort()).toEqual([...ids].sort());
  gone.abort();
  leave();
});

it('without readers the book is not polled; the next reader starts at the head', async () => {
  await publish('ord_unseen');
  const leave = await feed.join();
  const gone = new AbortController();
  const stream = streamOf(feed.head, gone.signal);
  await stream.next();
  await publish('ord_seen');
  const value = await take(stream);
  expect(idsIn(value)).toEqual(['ord_seen']);
  gone.abort();
  leave();
});

it('a change wakes only the readers that may see it; the others miss nothing', async () => {
  const leave = await feed.join();
  const gone = new AbortController();
  const { head } = feed;
  const woken: string[] = [];
  const waitFor = (name: string, scope: Scope) =>
    feed.changed(head, scope, 20_000, gone.signal).then((seen) => {
      woken.push(name);
      return seen;
    });
  const mine = waitFor('mine', { shopId: 'mine' });
  const order = waitFor('order', { orderId: 'ord_awaited' });
  const all = waitFor('all', {});
  await publish('ord_of_others', { shopId: 'yours' });
  await all;
  expect(woken).toEqual(['all']);
  const position = feed.head;
  await publish('ord_awaited', { shopId: 'mine' });
  expect(await Promise.all([mine, order])).toEqual([position, position]);
  // From there they read on from memory.
  const { items } = await feed.read(position, { shopId: 'mine' }, gone.signal);
  expect(items.map(({ view }) => view.id)).toEqual(['ord_awaited']);
  gone.abort();
  leave();
});

it('the first pages are read at once; under load a page is read every 50 ms', async () => {
  const pages: number[] = [];
  const started = performance.now();
  // Always has one more change, so each page is full of news the moment it is requested.
  const busy = {
    changes: ({ after = 0, waitMs }: { after?: number; waitMs?: number }) => {
      if (waitMs !== 0) pages.push(performance.now() - started);
      if (pages.length > 1000) throw new Error('The feed never pauses');
      const entry = { change: after + 1, fingerprint: 'f', view: { ...exampleView, id: `ord_${after}` } };
      return Promise.resolve({ items: [entry], next: after + 1 });
    },
  } as unknown as OrderBook;
  const loaded = new ChangeFeed(busy, pino({ level: 'silent' }));
  const leave = await loaded.join();
  await turn(); // No timer has fired yet.
  expect(pages.length).toBeGreaterThanOrEqual(5);
  await vi.waitUntil(() => pages.length >= 20, { timeout: 20_000 });
  leave();
  expect(pages[19]).toBeGreaterThanOrEqual((20 - 6) * 50 - 1);
});
