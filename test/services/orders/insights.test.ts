import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderView, StepView } from '../../../contracts/order.js';
import type { OrdersClient } from '../../../services/orders/client.js';
import { bucketOf, measuresOf, quantile, relativeError } from '../../../services/orders/measures.js';
import { serviceTrouble } from '../../../contracts/failures.js';
import { startBook, type TestBook } from './book.js';
import { orderView, publication } from './views.js';

const placedAt = '2026-01-01T10:00:00.000Z';
const at = (seconds: number) => new Date(Date.parse(placedAt) + seconds * 1000).toISOString();
const step = (id: string, from: number, to: number, more: Partial<StepView> = {}): StepView => ({
  id,
  dependsOn: [],
  state: 'done',
  startedAt: at(from),
  finishedAt: at(to),
  attempts: 1,
  ...more,
});

/** An order that was confirmed after 4 s and delivered after 100 s. */
function endedView(overrides: Partial<OrderView> = {}): OrderView {
  return orderView({
    status: 'completed',
    placedAt,
    endedAt: at(120),
    shipments: [{ id: 's', warehouse: 'east', status: 'delivered', lines: [], deliveredAt: at(100) }],
    steps: [
      step('reserveStock', 0, 1, { attempts: 3 }),
      step('confirmOrder', 3, 4),
      step('ship', 4, 100),
      step('bookParcel:s', 4, 5, { group: 'ship' }),
      step('awaitDelivery:s', 5, 100, { group: 'ship' }),
      { id: 'review', dependsOn: [], state: 'skipped', attempts: 0 },
    ],
    timing: { totalWorkMs: 98_000, makespanMs: 100_000, criticalPath: ['confirmOrder', 'awaitDelivery:s'] },
    ...overrides,
  });
}

describe('what is measured of an order', () => {
  it('is each step that ran, without its branch, the order as a whole, and how it ended', () => {
    expect(measuresOf(endedView())).toEqual([
      { subject: 'step:reserveStock', ms: 1000, attempts: 3, critical: 0 },
      { subject: 'step:confirmOrder', ms: 1000, attempts: 1, critical: 1 },
      { subject: 'step:bookParcel', ms: 1000, attempts: 1, critical: 0 },
      { subject: 'step:awaitDelivery', ms: 95_000, attempts: 1, critical: 1 },
      { subject: 'work', ms: 98_000, attempts: 0, critical: 0 },
      { subject: 'makespan', ms: 100_000, attempts: 0, critical: 0 },
      { subject: 'confirmed', ms: 4000, attempts: 0, critical: 0 },
      { subject: 'delivered', ms: 100_000, attempts: 0, critical: 0 },
      { subject: 'end:completed:', ms: 120_000, attempts: 0, critical: 0 },
    ]);
  });

  it('is nothing while it is open', () => {
    expect(measuresOf(orderView())).toEqual([]);
  });

  it('has quantiles within the error of the buckets', () => {
    for (const ms of [2, 17, 999, 86_400_000, 30 * 86_400_000]) {
      const found = quantile([{ bucket: bucketOf(ms), count: 1 }], 0.5);
      expect(Math.abs(found - ms) / ms, String(ms)).toBeLessThan(relativeError + 0.5 / ms);
    }
    const counts = [
      { bucket: bucketOf(100_000), count: 5 },
      { bucket: bucketOf(100), count: 95 },
    ];
    expect(quantile(counts, 0.5)).toBeCloseTo(100, -1);
    expect(quantile(counts, 0.95)).toBeCloseTo(100, -1);
    expect(quantile(counts, 0.96)).toBeGreaterThan(95_000);
    expect([quantile([], 0.5), bucketOf(0), bucketOf(-5)]).toEqual([0, 0, 0]);
  });
});

describe('the insights', () => {
  let book: TestBook;
  let client: OrdersClient;
  beforeAll(async () => {
    book = await startBook();
    client = book.client;
  });
  afterAll(() => book.close());

  const publish = (view: OrderView, length = 3, runId = 'run-1') =>
    client.publish({ params: { orderId: view.id }, body: publication(view, { length, runId }) });
  async function insights(from: string, to: string, version?: number) {
    const { subjects } = await client.getInsights({ query: { process: 'order', from, to, version } });
    return new Map(subjects.map(({ subject, ...rest }) => [subject, rest]));
  }
  const hour = (n: number) => new Date(Date.parse(placedAt) + n * 3_600_000).toISOString();

  it('count each order once, in the hour of its end, however often it is published after that', async () => {
    await publish(orderView({ id: 'ins_1', placedAt }));
    await publish(endedView({ id: 'ins_1' }), 9);
    await publish(endedView({ id: 'ins_1' }), 12);
    // A reset of the run opens it again, and it ends again.
    await publish(orderView({ id: 'ins_1', placedAt }), 3, 'run-2');
    await publish(endedView({ id: 'ins_1' }), 9, 'run-2');
    // Its first publication is its last.
    await publish(endedView({ id: 'ins_2' }));
    await publish(endedView({ id: 'ins_2' }), 12);
    const failure = { code: 'out_of_stock', message: 'x', step: 'reserveStock' };
    await publish(endedView({ id: 'ins_3', status: 'failed', failure, endedAt: hour(5), steps: [] }), 9);
    await publish(orderView({ id: 'ins_4', placedAt }));

    const first = await insights(hour(0), hour(1));
    expect(first.get('makespan')).toMatchObject({ count: 2, totalMs: 200_000 });
    expect(first.get('step:reserveStock')).toMatchObject({ count: 2, attempts: 6, critical: 0, totalMs: 2000 });
    expect(first.get('step:awaitDelivery')).toMatchObject({ count: 2, critical: 2 });
    expect(first.get('end:completed:')).toMatchObject({ count: 2 });
    expect(first.has('end:failed:out_of_stock')).toBe(false);
    expect((await insights(hour(5), hour(6))).get('end:failed:out_of_stock')).toMatchObject({ count: 1 });
    expect((await insights(hour(0), hour(9))).get('makespan')).toMatchObject({ count: 3 });
    expect((await insights(hour(0), hour(9), 2)).size).toBe(0);
    expect((await insights(hour(0), hour(9))).get('makespan')).toMatchObject({ count: 3 });
  });

  it('measure many orders together, and read while others end', { timeout: 120_000 }, async () => {
    const many = Array.from({ length: 450 }, (_, n) => endedView({ id: `many_${n}`, endedAt: hour(20) }));
    const reading = Promise.all(Array.from({ length: 5 }, () => insights(hour(20), hour(21))));
    await Promise.all(many.map((view) => publish(view)));
    await reading;
    expect((await insights(hour(20), hour(21))).get('makespan')).toMatchObject({ count: 450 });
  });

  it('show where open orders are, and what is retried', async () => {
    const failure = serviceTrouble('service_unavailable', 'payment');
    const retried = { id: 'authorizePayment', dependsOn: [], state: 'running', attempts: 2, failure } as const;
    const now = new Date().toISOString();
    await publish(orderView({ id: 'open_1', placedAt: now, steps: [{ ...retried, dependsOn: [] }] }));
    const waiting: StepView = { id: 'awaitDispatch:s', dependsOn: [], state: 'waiting', attempts: 0 };
    await publish(orderView({ id: 'open_2', placedAt: now, status: 'shipping', steps: [waiting] }));
    const { placed, inFlight, retrying } = await client.getOverview({});
    expect(placed.reduce((sum, { orders }) => sum + orders, 0)).toBe(2);
    expect(inFlight).toEqual(expect.arrayContaining([{ step: 'authorizePayment', orders: 1 }]));
    expect(inFlight).toEqual(expect.arrayContaining([{ step: 'awaitDispatch', orders: 1 }]));
    expect(retrying).toEqual([
      { step: 'authorizePayment', code: 'service_unavailable', service: 'payment', orders: 1 },
    ]);
  });

  it('keep notes in the order in which they came, each once', async () => {
    const add = (id: string, text: string) =>
      client.addNote({ params: { orderId: 'noted' }, body: { id, by: 'ops', text } });
    const first = await add('n1', 'first');
    await add('n2', 'second');
    expect(await add('n1', 'again')).toEqual(first);
    const { items } = await client.listNotes({ params: { orderId: 'noted' } });
    expect(items.map(({ id, by, text }) => [id, by, text])).toEqual([
      ['n1', 'ops', 'first'],
      ['n2', 'ops', 'second'],
    ]);
  });
});
