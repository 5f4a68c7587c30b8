import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { orderIdFor } from '../../src/temporal/ids.js';
import { orderWorkflowId } from '../../workflows/order/messages.js';
import { EventStream } from '../api/support/event-stream.js';
import { until } from '../support/until.js';
import { startCommand } from './support/command.js';
import type { Shop } from './support/shop.js';
import { stepOf, type Told } from './support/shop-order.js';
import { wholeSystem } from './support/system.js';

let shop: Shop;
wholeSystem({}, (opened) => (shop = opened));

/** The names in docs/operations.md of what is measured also when all goes well. */
const documentedMetrics = [...readFileSync('docs/operations.md', 'utf8').matchAll(/`(temporal_\w+)/g)]
  .map((match) => match[1]!)
  .filter((name) => !/failed|forced/.test(name));

const withoutLinks = ({ links: _, ...view }: OrderView) => view;

it('one POST takes an order to its end', { timeout: 240_000 }, async () => {
  const sku = await shop.product({ east: 10 });
  const order = await shop.place({
    carrier: 'simulated',
    reference: 'from-one-post',
    lines: [{ sku, quantity: 2, unitPrice: 1250 }],
  });
  const stream = await EventStream.open(`${shop.system.urls.api}/v1/orders/${order.id}/events`, shop.key);
  // The server closes the stream when the order has ended and nothing more will change.
  const events = await stream.rest();
  const last = events.at(-1)!.view;

  expect(last).toMatchObject({ status: 'completed', total: 2990, payment: { status: 'captured', captured: 2990 } });
  expect(last.shipments).toMatchObject([{ warehouse: 'east', status: 'delivered' }]);
  expect(last.shipments[0]!.signedBy).toBeTruthy();
  expect(new Set(last.steps.map(({ state }) => state))).toEqual(new Set(['done', 'skipped']));
  expect(stepOf(last, 'resolveShortage').state).toBe('skipped');
  const revisions = events.map(({ view }) => view.revision);
  expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));

  // Independent steps overlap. A dependent step begins after the end of its dependency.
  const [stock, screen] = [stepOf(last, 'reserveStock'), stepOf(last, 'screenFraud')];
  expect(stock.startedAt! < screen.finishedAt! && screen.startedAt! < stock.finishedAt!).toBe(true);
  const tooEarly = last.steps.flatMap((step) =>
    step.dependsOn
      .filter((id) => stepOf(last, id).state === 'done')
      .filter((id) => step.startedAt !== undefined && step.startedAt < stepOf(last, id).finishedAt!)
      .map((id) => `${step.id} before ${id} had ended`),
  );
  expect(tooEarly).toEqual([]);
  expect(last.timing!.criticalPath).toEqual(expect.arrayContaining(['confirmOrder', `bookParcel:${order.id}-east`]));

  expect(withoutLinks(await order.read())).toEqual(withoutLinks(last));
  expect(await order.books()).toEqual({
    authorized: 0,
    captured: 2990,
    refunded: 0,
    captures: [2990],
    authorizations: 1,
    held: 2,
    bookings: ['delivered'],
  });
  expect(await shop.available(sku)).toEqual({ east: 8 });
  expect((await order.told()).sort()).toEqual(['completed', 'confirmed', 'shipped']);

  const since = encodeURIComponent(new Date(Date.parse(last.placedAt) - 1000).toISOString());
  const query = `status=completed&customerId=c-1&reference=from-one-post&placedAfter=${since}`;
  const list = await shop.caller.get<{ items: OrderView[]; nextCursor: string | null }>(`/v1/orders?${query}`);
  expect(list.body.items.map(({ id }) => id)).toEqual([order.id]);
  expect(list.body.nextCursor).toBeNull();
});

it('the worker says that it is well, and what the SDK measures', { timeout: 240_000 }, async () => {
  const order = await shop.place({ carrier: 'simulated' });
  await order.ended('completed');
  const { worker } = shop.system.urls;
  const ready = await fetch(`${worker}/health/ready`);
  expect([ready.status, await ready.json()]).toMatchObject([200, { status: 'up', polling: true, failingRuns: 0 }]);
  expect((await fetch(`${worker}/health/live`)).status).toBe(200);
  expect((await fetch(`${worker}/`)).status).toBe(404);
  const metrics = await (await fetch(`${worker}/metrics`)).text();
  expect(documentedMetrics).toContain('temporal_sticky_cache_size');
  for (const name of documentedMetrics) {
    expect(metrics, name).toMatch(new RegExp(`^${name}(_bucket)?\\{`, 'm'));
  }
});

it('the history tells the story of the order and can be replayed', { timeout: 240_000 }, async () => {
  const order = await shop.place({ carrier: 'simulated' });
  await order.ended('completed');
  const path = `/v1/orders/${order.id}/history`;
  // The book shows the order completed a moment before its last workflow task is in the history.
  const story = await until(async () => {
    const { body } = await shop.caller.get<{
      workflowId: string;
      runId: string;
      temporalUi: string;
      events: { id: number; time: string; type: string; step?: string; attempt?: number; summary?: string }[];
    }>(path);
    return body.events.some(({ type }) => type === 'WorkflowExecutionCompleted') ? body : undefined;
  });
  expect(story.workflowId).toBe(`order:${order.id}`);
  expect(story.temporalUi).toBe(
    `${shop.system.urls.temporalUi}/namespaces/default/workflows/order%3A${order.id}/${story.runId}/history`,
  );
  const calls = story.events.filter(({ type }) => type === 'LocalActivity' || type === 'ActivityTaskScheduled');
  expect(new Set(calls.map(({ step }) => step).filter(Boolean))).toEqual(
    new Set([
      'reserveStock',
      'screenFraud',
      'authorizePayment',
      'confirmOrder',
      'notifyConfirmed',
      `bookParcel:${order.id}-east`,
      `capturePayment:${order.id}-east`,
      `notifyShipped:${order.id}-east`,
      'completeOrder',
      'notifyCompleted',
    ]),
  );
  // Each call and each timer has a summary that names its step in the Web UI.
  expect(calls.filter(({ summary }) => !summary)).toEqual([]);
  expect(story.events.filter(({ type, summary }) => type === 'TimerStarted' && !summary)).toEqual([]);

  expect((await shop.caller.get(`${path}?format=temporal`)).status).toBe(403);
  const { body: history } = await shop.operator.get<object>(`${path}?format=temporal`);
  const file = join(shop.system.dataDir, 'history.json');
  writeFileSync(file, JSON.stringify(history));
  const replay = await startCommand(shop.system, 'replay', file).ended;
  expect(replay.status, replay.output).toBe(0);
});

it("the run has a summary and search attributes in Temporal, and its result is the order's last view", async () => {
  const order = await shop.place({ carrier: 'simulated', email: 'ada@example.com' });
  const last = await order.ended('completed');
  const run = shop.temporal.workflow.getHandle<() => Promise<OrderView>>(orderWorkflowId(order.id));
  const result = await run.result();
  // The book numbers the views that the run writes. The run makes its last view once more, as its result.
  const { revision, updatedAt } = result;
  expect(result).toEqual({ ...withoutLinks(last), revision, updatedAt });
  const { status, type, taskQueue, memo, searchAttributes, staticSummary } = await run
    .describe()
    .then(async (about) => ({
      ...about,
      staticSummary: await about.staticSummary(),
    }));
  expect({ status: status.name, type, taskQueue }).toEqual({
    status: 'COMPLETED',
    type: 'processOrder',
    taskQueue: 'orders',
  });
  expect(staticSummary).toBe('demo: 2 pieces in 1 line, 29.90 EUR, card');
  expect(Object.keys(memo ?? {})).toEqual(['fingerprint']);
  expect(searchAttributes).toMatchObject({
    OrderStatus: ['completed'],
    CustomerId: ['c-1'],
    ShopId: ['demo'],
    OrderTotal: [2990],
  });
  expect(JSON.stringify([memo, searchAttributes, staticSummary])).not.toMatch(/Ada|example\.com|Berlin/);
});

it('equal POSTs at the same moment create one order; another body under the same key is refused', async () => {
  const key = 'at-the-same-moment';
  const answers = await Promise.all(Array.from({ length: 8 }, () => shop.send({}, key)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
  expect(new Set(answers.map(({ body }) => body.id))).toEqual(new Set([orderIdFor(shop.shopId, key)]));
  expect(new Set(answers.map(({ body }) => body.placedAt)).size).toBe(1);

  const other = await shop.send({ shippingFee: 491 }, key);
  expect([other.status, (other.body as Told).code]).toEqual([422, 'idempotency_key_reused']);
  expect((await shop.send({}, key)).status).toBe(200);

  const query = `WorkflowId = '${orderWorkflowId(orderIdFor(shop.shopId, key))}'`;
  expect(await until(async () => (await shop.temporal.workflow.count(query)).count || undefined)).toBe(1);
});

it('without a worker orders are placed and read; they go on when it is back', { timeout: 240_000 }, async () => {
  const earlier = await shop.place();
  const confirmed = await earlier.parcels('booked');
  await shop.system.stopPart('worker');
  try {
    expect(await earlier.read()).toMatchObject({ id: earlier.id, status: 'confirmed', revision: confirmed.revision });
    const list = await shop.caller.get<{ items: OrderView[] }>('/v1/orders?status=confirmed&limit=200');
    expect(list.body.items.map(({ id }) => id)).toContain(earlier.id);

    const order = await shop.place({ carrier: 'simulated' });
    expect(await order.read()).toMatchObject({ id: order.id, status: 'placed', revision: 0, total: 2990 });
    const stream = await EventStream.open(`${shop.system.urls.api}/v1/orders/${order.id}/events`, shop.key);
    expect((await stream.next())!.view).toMatchObject({ status: 'placed' });
    expect((await shop.caller.get('/health/ready')).status).toBe(200);
    const cancel = await earlier.tell('cancel');
    expect([cancel.status, cancel.body.code]).toEqual([503, 'not_processed_yet']);
    expect(cancel.headers.get('retry-after')).toMatch(/^\d+$/);

    await shop.system.startPart('worker');
    expect((await stream.rest()).at(-1)!.view.status).toBe('completed');
    // The command that came without a worker takes effect now.
    await earlier.ended('cancelled');
  } finally {
    await shop.system.startPart('worker');
  }
});
