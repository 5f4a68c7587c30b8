import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { orderView } from '../../contracts/view.schema.js';
import { orderHistory, temporalHistory } from '../../src/api/history/story.js';
import { processList } from '../../src/api/processes/processes.js';
import { orderWorkflowId } from '../../workflows/order/messages.js';
import { orderVersions } from '../../workflows/order/process.js';
import { until } from '../support/until.js';
import type { Problem } from './support/caller.js';
import { Caller } from './support/caller.js';
import { anOrder } from './support/orders.js';
import { keys, nowhere, startApi, startSystem, type ApiOnly, type ApiSystem } from './support/system.js';
import { startWorker } from './support/worker.js';

/** Nothing listens there. */
type Page = { items: OrderView[]; nextCursor: string | null };

let system: ApiSystem;
let withoutBook: ApiOnly;
let withoutTemporal: ApiOnly;
beforeAll(async () => {
  system = await startSystem();
  await startWorker(system);
  withoutBook = await startApi(system.temporal.address, `http://${nowhere}`);
  withoutTemporal = await startApi(nowhere, system.book.url);
});
afterAll(async () => {
  await withoutTemporal?.close();
  await withoutBook?.close();
  await system?.close();
});

const shopAt = ({ url }: ApiOnly) => new Caller(url, keys.shop);
const shop = () => shopAt(system.api);
async function placed(changes: Parameters<typeof anOrder>[0] = {}, status: OrderView['status'] = 'confirmed') {
  const { body } = await shop().place(anOrder({ carrier: 'external', ...changes }), randomUUID());
  return until(async () => {
    const view = (await shop().get(`/v1/orders/${body.id}`)).body;
    return view.status === status && view.revision > 0 ? view : undefined;
  });
}

describe('without the order book', () => {
  it('an order is placed, read from its run, and accepts commands', async () => {
    const there = shopAt(withoutBook);
    const { status, body } = await there.place(anOrder({ payment: { method: 'later' } }), 'no-book');
    expect(status).toBe(201);
    await until(async () => (await there.get(`/v1/orders/${body.id}`)).body.status === 'awaiting_payment');
    expect((await there.place(anOrder({ payment: { method: 'later' } }), 'no-book')).status).toBe(200);
    expect((await there.place<Problem>(anOrder(), 'no-book')).body.code).toBe('idempotency_key_reused');
    expect((await there.post(`/v1/orders/${body.id}/cancel`, {})).status).toBe(200);
    await system.temporal.client.workflow.getHandle(orderWorkflowId(body.id)).result();
    // The run has closed: its result is the order.
    expect((await there.get(`/v1/orders/${body.id}`)).body.status).toBe('cancelled');
    // Neither the book nor an open run prevents a second order under this key: Temporal does.
    const again = await there.place(anOrder({ payment: { method: 'later' } }), 'no-book');
    expect([again.status, again.body.id, again.body.status]).toEqual([200, body.id, 'cancelled']);
    expect((await new Caller(withoutBook.url, keys.otherShop).get(`/v1/orders/${body.id}`)).status).toBe(404);
  });

  it('lists and streams answer with Retry-After', async () => {
    for (const path of ['/v1/orders', '/v1/events']) {
      const { status, body, headers } = await shopAt(withoutBook).get<Problem>(path);
      expect([status, body.code]).toEqual([503, 'overloaded']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
  });
});

describe('without Temporal', () => {
  it('orders are read and listed; placing answers with Retry-After', async () => {
    const { id } = await placed();
    const there = shopAt(withoutTemporal);
    expect((await there.get(`/v1/orders/${id}`)).body.status).toBe('confirmed');
    expect((await there.get<Page>('/v1/orders')).status).toBe(200);
    const refused = await there.place<Problem>(anOrder());
    expect([refused.status, refused.body.code]).toEqual([503, 'temporal_unavailable']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const ready = await there.get<{ status: string; parts: Record<string, string> }>('/health/ready');
    expect([ready.status, ready.body.status]).toEqual([503, 'down']);
    expect(ready.body.parts).toMatchObject({ temporal: 'down', worker: 'down', orders: 'up', payment: 'down' });
  });

  it('a repeated request finds its order in the book', async () => {
    const order = anOrder({ carrier: 'external' });
    const { body } = await shop().place(order, 'known');
    await until(async () => (await shop().get(`/v1/orders/${body.id}`)).body.revision > 0);
    const again = await shopAt(withoutTemporal).place(order, 'known');
    expect([again.status, again.body.id]).toEqual([200, body.id]);
    const other = await shopAt(withoutTemporal).place<Problem>(anOrder({ shippingFee: 1 }), 'known');
    expect(other.body.code).toBe('idempotency_key_reused');
  });
});

it('readiness lists the parts that are up', async () => {
  const { status, body } = await system.as(undefined).get<{ status: string; parts: object }>('/health/ready');
  expect([status, body.status]).toEqual([200, 'degraded']);
  expect(body.parts).toMatchObject({ temporal: 'up', worker: 'up', orders: 'up', inventory: 'down' });
});

describe('lists', () => {
  it('newest first, page by page, each order once', async () => {
    for (let n = 0; n < 5; n += 1) await placed({ customerId: 'pages' });
    const seen: OrderView[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Page = (await shop().get<Page>(`/v1/orders?customerId=pages&limit=2${cursor && `&cursor=${cursor}`}`))
        .body;
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(new Set(seen.map(({ id }) => id)).size).toBe(5);
    const times = seen.map(({ placedAt }) => placedAt);
    expect(times).toEqual([...times].sort().reverse());
    for (const view of seen) expect(orderView.parse(view).links?.self).toContain(view.id);
  });

  it('by status, customer, reference and time', async () => {
    const one = await placed({ customerId: 'filters', reference: 'ref-1' });
    const two = await placed({ customerId: 'filters', payment: { method: 'later' } }, 'awaiting_payment');
    const list = async (query: string) =>
      (await shop().get<Page>(`/v1/orders?customerId=filters&${query}`)).body.items.map(({ id }) => id);
    expect(await list('status=confirmed')).toEqual([one.id]);
    expect(await list('status=confirmed&status=awaiting_payment')).toEqual([two.id, one.id]);
    expect(await list('reference=ref-1')).toEqual([one.id]);
    const offset = new Date(Date.parse(two.placedAt) + 3_600_000).toISOString().replace('Z', '+01:00');
    expect(await list(`placedBefore=${encodeURIComponent(offset)}`)).toEqual([one.id]);
    // With a plus sign that is not percent-encoded.
    expect(await list(`placedBefore=${offset}`)).toEqual([one.id]);
    // placedAfter is inclusive, placedBefore exclusive.
    expect(await list(`placedAfter=${one.placedAt}`)).toEqual([two.id, one.id]);
    expect(await list(`placedAfter=${two.placedAt}`)).toEqual([two.id]);
    expect(await list(`placedBefore=${one.placedAt}`)).toEqual([]);
    expect(await list(`placedAfter=${one.placedAt.toLowerCase()}&placedBefore=${two.placedAt}`)).toEqual([one.id]);
  });

  it('of one shop; of all with a key for all', async () => {
    const { id } = await placed({ customerId: 'scopes' });
    const theirs = (await system.as('otherShop').place(anOrder({ customerId: 'scopes', carrier: 'external' }))).body.id;
    await until(async () => (await system.as('otherShop').get(`/v1/orders/${theirs}`)).body.revision > 0);
    const seenBy = async (who: keyof typeof keys) =>
      (await system.as(who).get<Page>('/v1/orders?customerId=scopes')).body.items.map((view) => view.id);
    expect(await seenBy('shop')).toEqual([id]);
    expect(await seenBy('shopOperator')).toEqual([id]);
    expect(await seenBy('otherShop')).toEqual([theirs]);
    expect(await seenBy('operator')).toEqual([theirs, id]);
  });
});

describe('the history', () => {
  it('has the events that describe the order', async () => {
    const { id } = await placed({ payment: { method: 'later' } }, 'awaiting_payment');
    await shop().post(`/v1/orders/${id}/cancel`, {});
    interface Story {
      workflowId: string;
      runId: string;
      temporalUi: string;
      events: { id: number; type: string; step?: string; attempt?: number; summary?: string; by?: string }[];
    }
    const { body } = await shop().get<Story>(`/v1/orders/${id}/history`);
    expect(orderHistory.parse(body)).toEqual(body);
    expect(temporalHistory.safeParse(body).success).toBe(false);
    expect(body.workflowId).toBe(`order:${id}`);
    expect(body.temporalUi).toBe(
      `http://temporal-ui.test/namespaces/default/workflows/order%3A${id}/${body.runId}/history`,
    );
    const { events } = body;
    expect(events[0]).toMatchObject({ id: 1, type: 'WorkflowExecutionStarted' });
    expect(events.map((event) => event.id)).toEqual(events.map((event) => event.id).sort((a, b) => a - b));
    expect(events.some(({ type }) => type.startsWith('WorkflowTask'))).toBe(false);
    const calls = events.filter(({ type, step }) => type === 'LocalActivity' && step === 'reserveStock');
    expect(calls[0]).toMatchObject({ attempt: 1 });
    for (const timer of ['TimerStarted', 'TimerCanceled']) {
      const steps = events.filter(({ type }) => type === timer).map(({ step }) => step);
      expect(new Set(steps)).toEqual(new Set(['authorizePayment', 'notifyPaymentDue']));
    }
    // A key without a name has its shop and role as its name.
    expect(events.find(({ type }) => type === 'WorkflowExecutionUpdateAccepted')).toMatchObject({
      summary: 'cancel',
      by: 'demo:shop',
    });
    expect(events.filter(({ by }) => by !== undefined).map(({ type }) => type)).toEqual([
      'WorkflowExecutionUpdateAccepted',
      'WorkflowExecutionUpdateCompleted',
    ]);
    // Only activities and timers have a step; the run's summary begins with the shop.
    expect(events[0]).not.toHaveProperty('step');
    const withStep = events.filter(({ step }) => step !== undefined).map(({ type }) => type);
    expect(withStep.filter((type) => !/^(LocalActivity|ActivityTask|Timer)/.test(type))).toEqual([]);
  });

  it('names the key that sent a command', async () => {
    const { id } = await placed();
    await system.as('operator').post(`/v1/orders/${id}/cancel`, {});
    const { body } = await shop().get<{ events: { type: string; by?: string }[] }>(`/v1/orders/${id}/history`);
    expect(body.events.find(({ type }) => type === 'WorkflowExecutionUpdateAccepted')?.by).toBe('back-office');
    expect(JSON.stringify(body)).not.toContain(keys.operator);
  });

  it("is available as Temporal's own JSON for operators", async () => {
    const { id } = await placed();
    const { body } = await system
      .as('operator')
      .get<{ events: { eventId: string; eventType: string }[] }>(`/v1/orders/${id}/history?format=temporal`);
    expect(temporalHistory.parse(body)).toEqual(body);
    expect(orderHistory.safeParse(body).success).toBe(false);
    expect(body.events[0]).toMatchObject({
      eventId: '1',
      eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_STARTED',
      workflowExecutionStartedEventAttributes: { workflowType: { name: 'processOrder' } },
    });
    const wrong = await system.as('operator').get<Problem>(`/v1/orders/${id}/history?format=xml`);
    expect(wrong.body).toMatchObject({ code: 'invalid_query', errors: [{ path: '/format' }] });
  });
});

it('the processes fit their schema', async () => {
  const { body } = await shop().get<{ items: { name: string }[] }>('/v1/processes');
  expect(processList.parse(body)).toEqual(body);
  expect(body.items.map(({ name }) => name)).toEqual(['order', 'returns']);
  for (const page of body.items) expect((await shop().get(`/v1/processes/${page.name}`)).body).toEqual(page);
});

it('a process can be read in any of its versions', async () => {
  const latest = (await shop().get<{ version: number }>('/v1/processes/order')).body;
  expect((await shop().get(`/v1/processes/order?version=${latest.version}`)).body).toEqual(latest);
  for (const { version } of orderVersions) {
    expect((await shop().get(`/v1/processes/order?version=${version}`)).body).toMatchObject({ name: 'order', version });
  }
  const unknown = await shop().get<Problem>('/v1/processes/order?version=99');
  expect([unknown.status, unknown.body.code]).toEqual([404, 'not_found']);
  expect(unknown.body.detail).toContain('Unknown version 99 of the order process. Known versions: 1');
  expect((await shop().get<Problem>('/v1/processes/order?version=latest')).body.code).toBe('invalid_query');
});

it('metrics for Prometheus', async () => {
  await placed();
  const text = await (await fetch(`${system.api.url}/metrics`)).text();
  expect(text).toMatch(/^orderflow_orders\{status="confirmed"\} [1-9]/m);
  expect(text).toMatch(/^orderflow_orders\{status="failed"\} 0$/m);
  expect(text).toMatch(/^orderflow_orders_with_overdue_steps \d/m);
  expect(text).toMatch(/^orderflow_order_book_up 1$/m);
  expect(text).toMatch(/^orderflow_http_requests_total\{method="POST",route="\/v1\/orders",status="201"\} [1-9]/m);
  expect(text).toMatch(/^orderflow_placing_duration_seconds_count\{outcome="created"\} [1-9]/m);
  // Patterns, not paths: with ids, every order would be a series.
  expect(text).not.toContain('ord_');
});
