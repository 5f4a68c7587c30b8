import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OrderView, StepView } from '../../../contracts/order.js';
import { serviceTrouble } from '../../../contracts/failures.js';
import type { OrdersClient } from '../../../services/orders/client.js';
import { migrations } from '../../../services/orders/migrations/index.js';
import { openDatabase } from '../../../services/support/database.js';
import { createDatabase } from '../../support/postgres.js';
import { until } from '../../support/until.js';
import { startBook, type TestBook } from './book.js';
import { orderView, publication } from './views.js';

let book: TestBook;
let client: OrdersClient;
beforeAll(async () => {
  book = await startBook();
  client = book.client;
});
afterAll(() => book.close());

type Query = NonNullable<Parameters<OrdersClient['listOrders']>[0]['query']>;

const publish = (view: OrderView, length = 3) =>
  client.publish({ params: { orderId: view.id }, body: publication(view, { length }) });
const minute = (n: number) => new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString();
const ids = async (query: Query) => (await client.listOrders({ query })).items.map(({ id }) => id);
const past = '2026-01-01T00:00:00.000Z';
const future = '2999-01-01T00:00:00.000Z';
const step = (id: string, more: Partial<StepView>): StepView => ({
  id,
  dependsOn: [],
  state: 'done',
  attempts: 1,
  ...more,
});
const line = (sku: string) => ({ sku, quantity: 1, unitPrice: 100, reserved: 1 });

/** An order whose payment could not be authorized: it waits for an operator. */
function stuckView(overrides: Partial<OrderView>, service = 'payment', at = 'authorizePayment'): OrderView {
  const failure = serviceTrouble('service_unavailable', service);
  return orderView({
    status: 'needs_attention',
    steps: [step('reserveStock', {}), step(at, { state: 'failed', failure })],
    failure: { ...failure, step: at },
    possible: ['cancel', 'resolve'],
    ...overrides,
  });
}

it('finds orders by id, sku, failure, step and trouble, newest first, page by page', async () => {
  const shopId = 'search';
  const make = (n: number, overrides: Partial<OrderView>) =>
    publish(orderView({ id: `search_${n}`, shopId, placedAt: minute(n), ...overrides }));
  await make(0, {
    lines: [line('mug'), line('vase')],
    steps: [step('reserveStock', { state: 'running', dueAt: past })],
  });
  await make(1, { status: 'failed', failure: { code: 'payment_declined', message: 'x', step: 'authorizePayment' } });
  await make(2, {
    lines: [line('vase')],
    steps: [step('awaitDispatch:search_2-east', { state: 'waiting', dueAt: future })],
  });
  await publish(stuckView({ id: 'search_3', shopId, placedAt: minute(3), lines: [line('mug')] }));
  await make(4, { status: 'completed', lines: [line('vase')] });

  expect(await ids({ shopId, orderId: 'search_2' })).toEqual(['search_2']);
  expect(await ids({ shopId, sku: 'vase' })).toEqual(['search_4', 'search_2', 'search_0']);
  expect(await ids({ shopId, sku: 'vase', status: ['completed', 'placed'] })).toEqual([
    'search_4',
    'search_2',
    'search_0',
  ]);
  expect(await ids({ shopId, sku: 'vase', placedBefore: minute(4), placedAfter: minute(1) })).toEqual(['search_2']);
  expect(await ids({ shopId: 'elsewhere', sku: 'vase' })).toEqual([]);
  expect(await ids({ shopId, failureCode: 'payment_declined' })).toEqual(['search_1']);
  expect(await ids({ shopId, step: 'awaitDispatch' })).toEqual(['search_2']);
  expect(await ids({ shopId, trouble: 'stuck' })).toEqual(['search_3']);
  expect(await ids({ shopId, trouble: 'overdue' })).toEqual(['search_0']);
  expect(await ids({ shopId, trouble: 'any' })).toEqual(['search_3', 'search_0']);
  const first = await client.listOrders({ query: { shopId, sku: 'vase', limit: 2 } });
  expect(await ids({ shopId, sku: 'vase', cursor: first.nextCursor! })).toEqual(['search_0']);
  const stuck = await client.listOrders({ query: { shopId, trouble: 'any', limit: 1 } });
  expect(await ids({ shopId, trouble: 'any', cursor: stuck.nextCursor! })).toEqual(['search_0']);
});

it('counts what the lists find', async () => {
  const count = (query: Query) => client.countOrders({ query });
  const shopId = 'counted';
  for (const n of [0, 1, 2]) await publish(orderView({ id: `count_${n}`, shopId, customerId: n < 2 ? 'ada' : 'bob' }));
  await publish(stuckView({ id: 'count_3', shopId, customerId: 'ada' }));
  const late = [step('reserveStock', { state: 'running', dueAt: past })];
  await publish(orderView({ id: 'count_4', shopId, status: 'shipping', steps: late }));
  expect(await count({ shopId })).toMatchObject({
    byStatus: { placed: 3, shipping: 1, needs_attention: 1, completed: 0 },
    stuck: 1,
    overdue: 1,
    exact: true,
  });
  expect((await count({ shopId, customerId: 'ada' })).byStatus).toMatchObject({
    placed: 2,
    needs_attention: 1,
    shipping: 0,
  });
  expect((await count({ shopId, trouble: 'overdue' })).byStatus).toMatchObject({ shipping: 1, placed: 0 });
  const all = await count({});
  expect(all.byStatus).toMatchObject((await client.getStats({})).byStatus);
});

it('says that counting stopped when it did', async () => {
  const direct = await openDatabase({ serverUrl: book.databaseUrl, name: 'orders', migrations, log });
  await sql`
    insert into orders (order_id, runs, length, at, seq, fingerprint, view, shop_id, customer_id, status, placed_at, revision, change)
    select 'many_' || n, array['r'], 1, 1, 1, 'f', '{"lines":[]}', 'many', 'c', 'placed', now(), 1, nextval('changes')
    from generate_series(1, 10001) as n`.execute(direct);
  await direct.destroy();
  const counts = await client.countOrders({ query: { shopId: 'many' } });
  expect(counts).toMatchObject({ byStatus: { placed: 10_000 }, exact: false });
  expect(await client.countOrders({ query: { shopId: 'many', customerId: 'c' } })).toMatchObject({ exact: false });
});

it('groups trouble by step, failure and service, with its age and what is at stake', async () => {
  const shopId = 'troubled';
  const list = async () => (await client.listTrouble({ query: { shopId } })).items;
  for (const n of [0, 1, 2]) {
    await publish(stuckView({ id: `stuck_${n}`, shopId, total: 100, currency: n === 2 ? 'USD' : 'EUR' }));
  }
  const booking = (id: string) => stuckView({ id, shopId, total: 5 }, 'shipping', `bookParcel:${id}-east`);
  await publish(booking('stuck_3'));
  await publish(booking('stuck_4'));
  const late = [step('awaitDispatch:stuck_5-west', { state: 'waiting', dueAt: past })];
  await publish(orderView({ id: 'stuck_5', shopId, total: 7, steps: late }));
  expect(await list()).toMatchObject([
    {
      kind: 'stuck',
      step: 'authorizePayment',
      code: 'service_unavailable',
      service: 'payment',
      orders: 3,
      examples: ['stuck_0', 'stuck_1', 'stuck_2'],
    },
    { step: 'bookParcel', service: 'shipping', orders: 2, atStake: [{ currency: 'EUR', total: 10 }] },
    { kind: 'overdue', step: 'awaitDispatch', code: '', service: '', orders: 1, since: past },
  ]);
  const [first, , last] = await list();
  expect(first!.atStake).toHaveLength(2);
  expect(first!.atStake).toEqual(
    expect.arrayContaining([
      { currency: 'EUR', total: 200 },
      { currency: 'USD', total: 100 },
    ]),
  );
  const { kind, step: at, code, service } = last!;
  expect(await ids({ shopId, group: JSON.stringify({ kind, step: at, code, service }) })).toEqual(['stuck_5']);

  // One that is repaired leaves its group. One that stays stuck keeps its time.
  await publish(orderView({ id: 'stuck_3', shopId, status: 'shipping' }), 9);
  const before = (await list()).find((group) => group.step === 'bookParcel')!;
  await publish(booking('stuck_4'), 9);
  expect((await list()).find((group) => group.step === 'bookParcel')).toEqual(before);
  expect(before).toMatchObject({ orders: 1, examples: ['stuck_4'] });
});

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

it('files the orders of a book from before', { timeout: 120_000 }, async () => {
  const database = await createDatabase();
  const known = Object.fromEntries(Object.entries(migrations).filter(([name]) => name < '005'));
  const old = await openDatabase({ serverUrl: database.url, name: 'orders', migrations: known, log });
  const views = [
    ...Array.from({ length: 250 }, (_, n) => orderView({ id: `old_${n}`, status: 'completed', placedAt: minute(n) })),
    stuckView({ id: 'old_stuck', placedAt: minute(0) }),
  ];
  for (const view of views) {
    const { id, shopId, customerId, status, placedAt } = view;
    await sql`
      select publish_order(${id}, 'run-1', 3, 1, 1, 'f', ${JSON.stringify(view)}::json, ${shopId}, ${customerId}, null,
        ${status}, ${placedAt}::timestamptz, null)`.execute(old);
  }
  const now = await startBook(database);
  try {
    const left = () => sql`select from search_backfill`.execute(old);
    await until(async () => (await left()).rows.length === 0, 60_000);
    const { rows } = await sql`select count(distinct order_id)::int as orders from order_skus`.execute(old);
    expect(rows).toEqual([{ orders: 251 }]);
    expect((await now.client.listTrouble({ query: {} })).items).toMatchObject([
      { kind: 'stuck', step: 'authorizePayment', orders: 1, atStake: [{ currency: 'EUR', total: 2990 }] },
    ]);
  } finally {
    await old.destroy();
    await now.close();
  }
});
