import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Note } from '../../contracts/note.schema.js';
import type { OrderView } from '../../contracts/order.js';
import { orderIdFor } from '../../src/temporal/ids.js';
import type { Insights, Overview } from '../../src/api/insights/insights.schema.js';
import { startBook, type TestBook } from '../services/orders/book.js';
import { orderView, publication } from '../services/orders/views.js';
import { Caller, type Problem } from './support/caller.js';
import { keys, nowhere, startApi, type ApiOnly } from './support/system.js';

let book: TestBook;
let api: ApiOnly;
const orderId = orderIdFor('demo', 'noted');
beforeAll(async () => {
  book = await startBook();
  // Nothing listens there: all of this needs the order book alone.
  api = await startApi(nowhere, book.url);
  await publish({ id: orderId });
  const now = Date.now();
  const at = (ms: number) => new Date(now - 60_000 + ms).toISOString();
  await publish({
    id: 'ord_1',
    status: 'completed',
    placedAt: at(0),
    endedAt: at(20_000),
    steps: [
      { id: 'reserveStock', dependsOn: [], state: 'done', startedAt: at(0), finishedAt: at(1000), attempts: 2 },
      { id: 'confirmOrder', dependsOn: [], state: 'done', startedAt: at(1000), finishedAt: at(2000), attempts: 1 },
      { id: 'signForDelivery', dependsOn: [], state: 'done', startedAt: at(2000), finishedAt: at(20_000), attempts: 0 },
    ],
    timing: { totalWorkMs: 20_000, makespanMs: 20_000, criticalPath: ['reserveStock', 'signForDelivery'] },
  });
});
afterAll(async () => {
  await api?.close();
  await book?.close();
});

const publish = (view: Partial<OrderView> & { id: string }) =>
  book.client.publish({ params: { orderId: view.id }, body: publication(orderView(view)) });
const as = (key: keyof typeof keys) => new Caller(api.url, keys[key]);

it('shows how long the steps took, waiting and working', async () => {
  const { body } = await as('operator').get<Insights>('/v1/insights');
  expect(body).toMatchObject({ process: 'order', version: null, orders: 1, speedUp: 1, waitingShare: 0.9 });
  expect(Date.parse(body.to) - Date.parse(body.from)).toBe(86_400_000);
  const step = (id: string) => body.steps.find((each) => each.id === id);
  expect(step('reserveStock')).toMatchObject({ waits: false, count: 1, meanMs: 1000, attempts: 2, criticalShare: 1 });
  expect(step('signForDelivery')).toMatchObject({ waits: true, count: 1, meanMs: 18_000, criticalShare: 1 });
  expect(step('confirmOrder')).toMatchObject({ criticalShare: 0 });
  expect(step('review')).toMatchObject({ count: 0, p50Ms: 0, p95Ms: 0 });
  expect(step('bookParcel')).toMatchObject({ count: 0 });
  const [first] = body.steps;
  expect(first!.id).toBe('reserveStock');
  expect((await as('operator').get<Insights>('/v1/insights?process=returns')).body).toMatchObject({ orders: 0 });
});

it('shows how the orders do', async () => {
  const { body } = await as('operator').get<Overview>('/v1/overview');
  expect(body).toMatchObject({
    byStatus: { placed: 1, completed: 1, failed: 0 },
    ends: [{ status: 'completed', failureCode: null, orders: 1 }],
    toConfirmed: { count: 1, meanMs: 2000 },
    toDelivered: { count: 0, meanMs: 0 },
    retrying: [],
  });
  expect(body.placed).toHaveLength(60);
  expect(body.placed.reduce((sum, { orders }) => sum + orders, 0)).toBe(1);
});

it.each([
  ['shop', '/v1/overview', 403, 'forbidden'],
  ['shopOperator', '/v1/overview', 403, 'forbidden'],
  ['shopOperator', '/v1/insights', 403, 'forbidden'],
  ['operator', '/v1/insights?process=nothing', 404, 'not_found'],
  ['operator', '/v1/insights?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 400, 'invalid_query'],
  ['operator', '/v1/insights?from=2020-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 400, 'invalid_query'],
] as const)('%s: %s is refused', async (key, path, status, code) => {
  const answer = await as(key).get<Problem>(path);
  expect([answer.status, answer.body.code]).toEqual([status, code]);
});

it('keeps the notes of operators, with who and when', async () => {
  const path = `/v1/orders/${orderId}/notes`;
  const { status, body } = await as('operator').post<Note>(
    path,
    { text: ' called <b>Ada</b> ' },
    { 'idempotency-key': 'n' },
  );
  expect(status).toBe(201);
  expect(body).toMatchObject({ by: 'back-office', text: 'called <b>Ada</b>', at: expect.any(String) as string });
  expect(
    (await as('operator').post<Note>(path, { text: 'called <b>Ada</b>' }, { 'idempotency-key': 'n' })).body,
  ).toEqual(body);
  await as('shopOperator').post(path, { text: 'and again' });
  const { items } = (await as('operator').get<{ items: Note[] }>(path)).body;
  expect(items.map(({ text }) => text)).toEqual(['called <b>Ada</b>', 'and again']);
  expect((await as('shop').get<Problem>(path)).body.code).toBe('forbidden');
  expect((await as('operator').post<Problem>(path, { text: '' })).body.code).toBe('validation_failed');
  await publish({ id: orderIdFor('other', 'x'), shopId: 'other' });
  const elsewhere = `/v1/orders/${orderIdFor('other', 'x')}/notes`;
  expect((await as('shopOperator').get<Problem>(elsewhere)).status).toBe(404);
});
