import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ordersActivities } from '../../activities/orders.js';
import type { OrderView } from '../../contracts/order.js';
import { ordersClient, type OrdersClient } from '../../services/orders/client.js';
import { ownPublication } from '../../src/worker/own-publication.js';
import { serviceToken } from '../support/service-token.js';
import { until } from '../support/until.js';
import { fault } from '../workflows/misbehaviour.js';
import { Caller, type Problem } from './support/caller.js';
import { EventStream } from './support/event-stream.js';
import { anOrder } from './support/orders.js';
import { Proxy } from './support/proxy.js';
import { keys, nowhere, startApi, startSystem, type ApiOnly, type ApiSystem } from './support/system.js';
import { sendWebhook } from './support/webhook.js';
import { startWorker, type TestWorker } from './support/worker.js';

/** What the runs of orders cannot do: store what they show, and wait until they can. Or the storing itself hangs. */
const book = { storesNothing: false, isAway: false, hangs: false };
const usual = { ...book };

let system: ApiSystem;
let client: OrdersClient;
let worker: TestWorker;
/** Another instance of the API, which has seen nothing of what the first one has answered. */
let another: ApiOnly;
let withoutBook: ApiOnly;
beforeAll(async () => {
  system = await startSystem();
  client = ordersClient({ baseUrl: system.book.url, token: serviceToken });
  worker = await startWithBook();
  another = await startApi(system.temporal.address, system.book.url);
  withoutBook = await startApi(system.temporal.address, `http://${nowhere}`);
});
beforeEach(() => void Object.assign(book, usual));
afterAll(async () => {
  await withoutBook?.close();
  await another?.close();
  await worker?.stop();
  await client?.close();
  await system?.close();
});

function startWithBook(): Promise<TestWorker> {
  const { publish, publishReturns, awaitBook } = ordersActivities(client, ownPublication);
  const unless =
    <Input extends unknown[], Answer>(fails: () => boolean, call: (...input: Input) => Promise<Answer>) =>
    (...input: Input): Promise<Answer> =>
      fails() ? Promise.reject(fault()) : call(...input);
  const publishOnceItAnswers: typeof publish = async (publication) => {
    await until(() => !book.hangs, 60_000);
    return publish(publication);
  };
  return startWorker(system, {
    'orders.publish': unless(() => book.storesNothing, publishOnceItAnswers),
    'orders.publishReturns': unless(() => book.storesNothing, publishReturns),
    'orders.awaitBook': unless(
      () => book.isAway,
      () => (book.hangs ? Promise.resolve() : awaitBook()),
    ),
  });
}

const shopAt = ({ url }: ApiOnly) => new Caller(url, keys.shop);
const shop = () => shopAt(system.api);
const read = async (id: string, api: ApiOnly = system.api) => (await shopAt(api).get(`/v1/orders/${id}`)).body;
const stored = async (id: string) => (await client.getOrder({ params: { orderId: id } })).view;
const leaves = () => void Object.assign(book, { storesNothing: true, isAway: true });
const comesBack = () => void Object.assign(book, usual);

async function placed(changes: Parameters<typeof anOrder>[0], status: OrderView['status']): Promise<string> {
  const { body } = await shop().place(anOrder({ carrier: 'external', ...changes }), randomUUID());
  await until(async () => (await stored(body.id).catch(() => undefined))?.status === status);
  return body.id;
}

/** The order is confirmed, and the book has it as it was before. */
async function confirmedBehindTheBook(): Promise<string> {
  const id = await placed({ payment: { method: 'later' } }, 'awaiting_payment');
  leaves();
  const paid = await shop().post(`/v1/orders/${id}/payment`, { method: 'card', token: 'tok_ok' });
  expect(paid.status).toBe(200);
  await until(async () => (await read(id)).status === 'confirmed');
  expect((await stored(id)).status).toBe('awaiting_payment');
  return id;
}

it('an order that the book has in an older state is read from its run, by every API', async () => {
  const id = await confirmedBehindTheBook();
  const { revision } = await stored(id);
  for (const api of [another, system.api]) {
    const view = await read(id, api);
    expect([view.status, view.revision]).toEqual(['confirmed', revision]);
  }
  comesBack();
  await until(async () => (await read(id, another)).revision > revision);
  expect((await read(id)).status).toBe('confirmed');
});

it('an order that was read from its run is not read in an older state while the run publishes', async () => {
  const id = await confirmedBehindTheBook();
  // Nothing is pending in Temporal while the workflow task waits for the book.
  Object.assign(book, { ...usual, hangs: true });
  const statuses: string[] = [];
  for (let n = 0; n < 20; n += 1) {
    statuses.push((await read(id)).status);
    await setTimeout(100);
  }
  expect(new Set(statuses)).toEqual(new Set(['confirmed']));
  expect((await stored(id)).status).toBe('awaiting_payment');
  comesBack();
  await until(async () => (await stored(id)).status === 'confirmed');
});

it('an order that is placed again is answered as its run has it', async () => {
  const order = anOrder({ carrier: 'external', payment: { method: 'later' } });
  const { body } = await shop().place(order, 'again');
  await until(async () => (await stored(body.id).catch(() => undefined))?.status === 'awaiting_payment');
  leaves();
  await shop().post(`/v1/orders/${body.id}/cancel`, {});
  await until(async () => (await read(body.id)).status === 'cancelled');
  expect((await shopAt(another).place(order, 'again')).body.status).toBe('cancelled');
});

it('a stream that has begun with what the run shows sends nothing older', async () => {
  const id = await confirmedBehindTheBook();
  const stream = await EventStream.open(`${another.url}/v1/orders/${id}/events`, keys.shop);
  const first = await stream.next();
  expect([first?.id, first?.view.status]).toEqual(['0', 'confirmed']);
  comesBack();
  const second = await stream.next();
  expect(second?.view.status).toBe('confirmed');
  expect(Number(second?.id)).toBeGreaterThan(0);
  stream.close();
});

it('the wait for the book ends when the book has what the run shows', async () => {
  const id = await confirmedBehindTheBook();
  // The run itself cannot store anything yet.
  book.isAway = false;
  await until(async () => (await stored(id)).status === 'confirmed');
  expect((await read(id, another)).revision).toBe((await stored(id)).revision);
});

it('a return that the book does not have yet is read from its run, by every API', async () => {
  const id = await placed({}, 'confirmed');
  await sendWebhook(system.as(undefined), { type: 'shipment.delivered', data: { orderId: id, signedBy: 'Ada' } });
  await until(async () => (await stored(id)).status === 'completed');
  leaves();
  const asked = await shop().post(`/v1/orders/${id}/returns`, { lines: [{ sku: 'mug', quantity: 1 }], reason: 'x' });
  expect([asked.status, asked.body.returns.length]).toEqual([200, 1]);
  expect((await stored(id)).returns).toEqual([]);
  for (const api of [another, system.api]) expect((await read(id, api)).returns).toEqual(asked.body.returns);
  comesBack();
  await until(async () => (await stored(id)).returns.length === 1);
});

it('without the book, an order has its late payments all the same', async () => {
  const id = await placed({}, 'confirmed');
  await sendWebhook(system.as(undefined), {
    type: 'payment.succeeded',
    data: { orderId: id, amount: 2990, currency: 'EUR' },
  });
  const known = await until(async () => {
    const { attempts } = (await stored(id)).payment;
    return attempts.some(({ outcome }) => outcome === 'returned') ? attempts : undefined;
  });
  expect((await read(id, withoutBook)).payment.attempts).toEqual(known);
});

it('nothing is answered rather than an older state: no worker, or no Temporal', async () => {
  const other = await placed({}, 'confirmed');
  const id = await confirmedBehindTheBook();
  const line = await Proxy.to(system.temporal.address);
  const cutOff = await startApi(line.address, system.book.url);
  try {
    expect((await read(id, cutOff)).status).toBe('confirmed');
    await line.close();
    const { status, body } = await shopAt(cutOff).get<Problem>(`/v1/orders/${id}`);
    expect([status, body.code]).toEqual([503, 'temporal_unavailable']);
    // Of this order nobody has seen more than the book has.
    expect((await read(other, cutOff)).status).toBe('confirmed');
  } finally {
    await cutOff.close();
  }
  await worker.stop();
  try {
    const { status, body } = await shopAt(another).get<Problem>(`/v1/orders/${id}`);
    expect([status, body.code]).toEqual([503, 'temporal_unavailable']);
    expect((await read(other, another)).status).toBe('confirmed');
  } finally {
    comesBack();
    worker = await startWithBook();
  }
  await until(async () => (await stored(id)).status === 'confirmed');
});
