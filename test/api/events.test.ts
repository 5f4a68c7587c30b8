import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { until } from '../support/until.js';
import { EventStream } from './support/event-stream.js';
import { anOrder } from './support/orders.js';
import { keys, startApi, startSystem, type ApiSystem } from './support/system.js';
import { sendWebhook } from './support/webhook.js';
import { startWorker } from './support/worker.js';

let system: ApiSystem;
beforeAll(async () => {
  system = await startSystem();
  await startWorker(system);
});
afterAll(() => system?.close());

const open = (path: string, lastEventId?: string, key = keys.shop) =>
  EventStream.open(`${system.api.url}${path}`, key, lastEventId);
const place = async (key: keyof typeof keys = 'shop', changes: Parameters<typeof anOrder>[0] = {}) =>
  (await system.as(key).place(anOrder({ carrier: 'external', ...changes }), randomUUID())).body.id;
const deliver = (orderId: string) =>
  sendWebhook(system.as(undefined), { type: 'shipment.delivered', data: { orderId, signedBy: 'A. Example' } });
const settled = ({ status, steps }: OrderView) =>
  status === 'completed' && !steps.some(({ state }) => state === 'pending' || state === 'running');

it('a stream shows an order as it is, then each change, until the order is settled', async () => {
  const id = await place();
  const stream = await open(`/v1/orders/${id}/events`);
  expect(stream.response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const first = await stream.next();
  expect(first?.view.id).toBe(id);
  expect(first?.view.links?.self).toBe(`${system.api.url}/v1/orders/${id}`);
  if (first?.view.status !== 'confirmed') await stream.until((view) => view.status === 'confirmed');
  await deliver(id);
  const events = await stream.rest();
  expect(events.at(-1)?.view).toSatisfy(settled);
  const ids = events.map((event) => Number(event.id));
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
});

it('a client that resumes gets what it has missed; 204 when there is nothing more', async () => {
  const id = await place('shop', { payment: { method: 'later' } });
  const before = await open(`/v1/orders/${id}/events`);
  const seen = await before.until((view) => view.status === 'awaiting_payment');
  before.close();

  const quiet = await open(`/v1/orders/${id}/events`, seen.id);
  await system.as('shop').post(`/v1/orders/${id}/cancel`, {});
  const news = await quiet.rest();
  // What the client has seen already is not sent again.
  expect(news.every((event) => Number(event.id) > Number(seen.id))).toBe(true);
  expect(news.at(-1)?.view.status).toBe('cancelled');

  const late = await open(`/v1/orders/${id}/events`, seen.id);
  expect((await late.rest()).map(({ view }) => view.status)).toEqual(['cancelled']);
  const over = await open(`/v1/orders/${id}/events`, late.lastEventId);
  expect(over.response.status).toBe(204);
});

it('an invalid Last-Event-ID is ignored', async () => {
  const id = await place('shop', { payment: { method: 'later' } });
  for (const lastEventId of ['abc', '-1', '1e3', '9'.repeat(40)]) {
    const stream = await open(`/v1/orders/${id}/events`, lastEventId);
    expect((await stream.next())?.view.id).toBe(id);
    stream.close();
  }
});

it.each(['shop', 'shopOperator'] as const)(
  'all orders of the shop, and of no other, are seen at once by %s',
  async (who) => {
    const mine = await open('/v1/events', undefined, keys[who]);
    const all = await open('/v1/events', undefined, keys.operator);
    const [own, theirs] = [await place(), await place('otherShop')];
    await mine.until((view) => view.id === own && view.status === 'confirmed');
    const seen = new Set<string>();
    await all.until((view) => {
      seen.add(view.id);
      return seen.has(own) && seen.has(theirs);
    });
    const later = await place();
    await mine.until((view) => {
      expect(view.shopId).toBe('demo');
      return view.id === later;
    });
    mine.close();
    all.close();
  },
);

it('a stream without any change can be resumed', async () => {
  const stream = await open('/v1/events');
  const nothing = stream.next();
  await until(() => stream.lastEventId !== '' || undefined);
  stream.close();
  expect(await nothing).toBeUndefined();
  const id = await place();
  const again = await open('/v1/events', stream.lastEventId);
  await again.until((view) => view.id === id);
  again.close();
});

it('from 0 on, a stream has every order of the book once', async () => {
  const { items } = (await system.as('shop').get<{ items: OrderView[] }>('/v1/orders?limit=200')).body;
  const stream = await open('/v1/events', '0');
  const seen = new Map<string, number>();
  for (const _ of items) {
    const event = await stream.next();
    seen.set(event!.view.id, Number(event!.id));
  }
  stream.close();
  expect([...seen.keys()].sort()).toEqual(items.map(({ id }) => id).sort());
});

it('a stop of the API ends its streams at once', async () => {
  const api = await startApi(system.temporal.address, system.book.url);
  const stream = await EventStream.open(`${api.url}/v1/events`, keys.operator);
  const rest = stream.rest();
  const began = Date.now();
  await api.close();
  expect(await rest).toEqual([]);
  expect(Date.now() - began).toBeLessThan(3000);
});
