import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serviceTrouble } from '../../../contracts/failures.js';
import type { BulkCommand } from '../../../contracts/bulk.schema.js';
import type { OrderView } from '../../../contracts/order.js';
import type { OrdersClient } from '../../../services/orders/client.js';
import { migrations } from '../../../services/orders/migrations/index.js';
import { openDatabase } from '../../../services/support/database.js';
import { startBook, type TestBook } from './book.js';
import { orderView, publication } from './views.js';

let book: TestBook;
let client: OrdersClient;
beforeAll(async () => {
  book = await startBook();
  client = book.client;
});
afterAll(() => book.close());

const publish = (view: OrderView) => client.publish({ params: { orderId: view.id }, body: publication(view) });

function stuckView(overrides: Partial<OrderView>): OrderView {
  const failure = serviceTrouble('service_unavailable', 'shipping');
  const step = `bookParcel:${overrides.id}-east`;
  return orderView({
    status: 'needs_attention',
    steps: [{ id: step, dependsOn: [], state: 'failed', attempts: 3, failure }],
    failure: { ...failure, step },
    possible: ['cancel', 'resolve'],
    ...overrides,
  });
}

type Body = Parameters<OrdersClient['createBulk']>[0]['body'];
const create = (bulkId: string, find: Body['find'], more: Partial<Body> = {}) => {
  const select = { ids: ['as_written'] };
  const command: BulkCommand = { action: 'retry' };
  const body: Body = { fingerprint: bulkId, by: 'ops', command, select, find, start: false, ...more };
  return client.createBulk({ params: { bulkId }, body });
};
const params = (bulkId: string) => ({ params: { bulkId } });
const ordersOf = async (bulkId: string) => (await client.listBulkOrders(params(bulkId))).items;
const page = (bulkId: string, limit = 10) => client.takeBulkPage({ ...params(bulkId), body: { limit } });
const pageIds = async (bulkId: string) => (await page(bulkId)).orders.map(({ orderId }) => orderId);

it('freezes the selection, and says of each order whether it is touched and why not', async () => {
  const shopId = 'frozen';
  await publish(stuckView({ id: 'frozen_1', shopId }));
  await publish(orderView({ id: 'frozen_2', shopId, possible: ['cancel'] }));
  await publish(orderView({ id: 'frozen_3', shopId, status: 'completed', possible: ['return'] }));
  await publish(orderView({ id: 'frozen_4', shopId, possible: ['resolve'] }));
  const { bulk, isNew } = await create('frozen', { filter: { shopId } });
  expect(isNew).toBe(true);
  expect(bulk).toMatchObject({ state: 'draft', by: 'ops', orders: { selected: 1, excluded: 3, pending: 1 } });
  expect(await ordersOf('frozen')).toMatchObject([
    { orderId: 'frozen_4', result: 'excluded', code: 'no_stuck_step' },
    { orderId: 'frozen_3', result: 'excluded', code: 'order_ended', status: 'completed' },
    { orderId: 'frozen_2', result: 'excluded', code: 'wrong_status', status: 'placed' },
    { orderId: 'frozen_1', result: 'pending', step: 'bookParcel:frozen_1-east', status: 'needs_attention' },
  ]);
  // A later order matches the filter too, and the same request again selects nothing more.
  await publish(stuckView({ id: 'frozen_5', shopId }));
  expect(await create('frozen', { filter: { shopId } })).toMatchObject({
    isNew: false,
    bulk: { orders: { selected: 1 } },
  });
  expect(await pageIds('frozen')).toEqual([]);
  expect(await client.startBulk({ ...params('frozen'), body: {} })).toMatchObject({ state: 'running' });
  expect(await page('frozen')).toEqual({
    by: 'ops',
    command: { action: 'retry' },
    orders: [{ orderId: 'frozen_1', step: 'bookParcel:frozen_1-east' }],
  });
});

it('leaves out an order whose run was ended from outside, whatever the command, and says what to do', async () => {
  const shopId = 'ended';
  const failure = { code: 'terminated', message: 'the run was terminated', step: 'confirmOrder' } as const;
  await publish(stuckView({ id: 'ended_1', shopId, failure, possible: ['resolve'] }));
  for (const action of ['retry', 'abandon', 'cancel'] as const) {
    const { bulk } = await create(`ended_${action}`, { filter: { shopId } }, { command: { action } });
    expect(bulk.orders).toMatchObject({ selected: 0, excluded: 1 });
    expect(await ordersOf(bulk.id)).toMatchObject([{ orderId: 'ended_1', result: 'excluded', code: 'terminated' }]);
    expect((await ordersOf(bulk.id))[0]!.message).toMatch(/Open the order and abandon it there/);
  }
});

it('selects the orders of several groups of trouble, and no others', async () => {
  const shopId = 'groups';
  const views = ['inventory', 'payment', 'shipping'].map((service, n) => {
    const failure = serviceTrouble('service_unavailable', service);
    const id = `groups_${n}`;
    const steps: OrderView['steps'] = [{ id: 'bookParcel', dependsOn: [], state: 'failed', attempts: 3, failure }];
    return stuckView({ id, shopId, steps, failure: { ...failure, step: 'bookParcel' } });
  });
  for (const view of views) await publish(view);
  const groups = ['inventory', 'shipping'].map((service) => ({
    kind: 'stuck',
    step: 'bookParcel',
    code: 'service_unavailable',
    service,
  }));
  await create('groups', { filter: { shopId, group: JSON.stringify(groups) } });
  expect((await ordersOf('groups')).map(({ orderId }) => orderId)).toEqual(['groups_2', 'groups_0']);
  // As an API of an earlier version writes one group.
  await create('group', { filter: { shopId, group: JSON.stringify(groups[0]) } });
  expect((await ordersOf('group')).map(({ orderId }) => orderId)).toEqual(['groups_0']);
});

it('selects by ids, each once, and leaves out orders of other shops', async () => {
  await publish(stuckView({ id: 'ids_1', shopId: 'mine' }));
  await publish(stuckView({ id: 'ids_2', shopId: 'theirs' }));
  await create('ids', { ids: ['ids_1', 'ids_2', 'ids_1', 'ids_0'] }, { shopId: 'mine' });
  expect(await ordersOf('ids')).toMatchObject([
    { orderId: 'ids_1', result: 'pending' },
    { orderId: 'ids_2', result: 'excluded', code: 'not_found' },
    { orderId: 'ids_0', result: 'excluded', code: 'not_found' },
  ]);
  await expect(client.getBulk({ ...params('ids'), query: { shopId: 'theirs' } })).rejects.toMatchObject({
    code: 'not_found',
  });
});

it('keeps a key for one bulk', async () => {
  await create('key', { ids: [] });
  await expect(create('key', { ids: [] }, { fingerprint: 'other' })).rejects.toMatchObject({
    code: 'idempotency_key_reused',
  });
});

it('keeps the first result of each order, stops, goes on with what failed, and is done with the last one', async () => {
  const shopId = 'settled';
  for (const n of [1, 2, 3]) await publish(stuckView({ id: `settled_${n}`, shopId }));
  await create('settled', { filter: { shopId } }, { start: true });
  const settle = (orderId: string, result: 'done' | 'refused' | 'failed') =>
    client.settleBulkOrders({ ...params('settled'), body: { results: [{ orderId, result, code: result }] } });
  await settle('settled_3', 'done');
  await settle('settled_3', 'refused');
  await settle('settled_2', 'failed');
  await settle('settled_9', 'done');
  expect(await client.stopBulk({ ...params('settled'), body: {} })).toMatchObject({
    state: 'stopped',
    orders: { selected: 3, done: 1, failed: 1, pending: 1, refused: 0 },
  });
  expect(await pageIds('settled')).toEqual([]);
  expect(await client.getBulk(params('settled'))).toMatchObject({ state: 'stopped' });

  await client.startBulk({ ...params('settled'), body: {} });
  expect(await pageIds('settled')).toEqual(['settled_2', 'settled_1']);
  await settle('settled_2', 'refused');
  await settle('settled_1', 'done');
  expect(await pageIds('settled')).toEqual([]);
  expect(await client.getBulk(params('settled'))).toMatchObject({
    state: 'done',
    endedAt: expect.any(String) as string,
    orders: { selected: 3, done: 2, refused: 1, pending: 0 },
  });
  // A bulk that is done stays done.
  expect(await client.startBulk({ ...params('settled'), body: {} })).toMatchObject({ state: 'done' });
  const { items, next } = await client.listBulkResults({ ...params('settled'), query: { after: 0 } });
  expect(items.map(({ order }) => [order.orderId, order.result])).toEqual([
    ['settled_3', 'done'],
    ['settled_2', 'refused'],
    ['settled_1', 'done'],
  ]);
  expect(await client.listBulkResults(params('settled'))).toEqual({ items: [], next });
});

it('selects 20,000 orders at most', { timeout: 120_000 }, async () => {
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const direct = await openDatabase({ serverUrl: book.databaseUrl, name: 'orders', migrations, log });
  await sql`
    insert into orders (order_id, runs, length, at, seq, fingerprint, view, shop_id, customer_id, status, placed_at, revision, change)
    select 'many_' || n, array['r'], 1, 1, 1, 'f', '{"possible":["cancel"],"steps":[],"lines":[]}', 'many', 'c', 'placed',
      now() - n * interval '1 second', 1, nextval('changes')
    from generate_series(1, 20001) as n`.execute(direct);
  const command = { action: 'cancel' } as const;
  const find = { filter: { shopId: 'many' } };
  await expect(create('many', find, { command })).rejects.toMatchObject({ code: 'too_many_orders' });
  await sql`delete from orders where order_id = 'many_1'`.execute(direct);
  await direct.destroy();
  expect(await create('many', find, { command })).toMatchObject({
    bulk: { orders: { selected: 20_000, excluded: 0 } },
  });
});

it('lists bulks, newest first, page by page, those of one shop alone', async () => {
  for (const n of [1, 2, 3]) await create(`listed_${n}`, { ids: [] }, { shopId: n === 2 ? 'b' : 'a' });
  const first = await client.listBulks({ query: { shopId: 'a', limit: 1 } });
  expect(first.items.map(({ id }) => id)).toEqual(['listed_3']);
  const rest = await client.listBulks({ query: { shopId: 'a', limit: 5, cursor: first.nextCursor! } });
  expect([rest.items.map(({ id }) => id), rest.nextCursor]).toEqual([['listed_1'], null]);
});
