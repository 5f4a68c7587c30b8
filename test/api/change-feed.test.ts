import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { ordersClient, type OrdersClient } from '../../services/orders/client.js';
import type { RunningService } from '../../services/support/run.js';
import { OrderBook } from '../../src/api/book/order-book.js';
import { exampleView } from '../../src/api/docs/examples.js';
import { ChangeFeed, type Scope } from '../../src/api/events/change-feed.js';
import { orderEvents } from '../../src/api/events/order-events.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { startBook } from './support/system.js';
import { serviceToken } from '../support/service-token.js';

let database: TestDatabase;
let service: RunningService;
let client: OrdersClient;
let feed: ChangeFeed;
beforeAll(async () => {
  database = await createDatabase();
  service = await startBook(database);
  client = ordersClient({ baseUrl: service.url, token: serviceToken, timeoutMs: 30_000 });
  const logger = pino({ level: 'silent' });
  feed = new ChangeFeed(new OrderBook(client, logger), logger);
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
  await feed.changed(feed.head, {}, 500, gone.signal);

  const shown = new Map<string, number>();
  for (let count = 0; count < 6; count += 1) {
    const value = await take(slow);
    const [id] = idsIn(value);
    shown.set(id!, Number(/"total":(\d+)/.exec(value)?.[1]));
  }
  expect(Object.fromEntries(shown)).toEqual({
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
