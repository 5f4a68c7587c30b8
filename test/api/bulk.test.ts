import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BulkOrder } from '../../contracts/bulk.schema.js';
import type { OrderView } from '../../contracts/order.js';
import type { Bulk } from '../../src/api/bulk/bulk.schema.js';
import type { TroubleList } from '../../src/api/trouble/trouble.schema.js';
import { orderWorkflowId } from '../../workflows/order/messages.js';
import { until } from '../support/until.js';
import { unexpected } from '../workflows/misbehaviour.js';
import type { Problem } from './support/caller.js';
import { anOrder } from './support/orders.js';
import { keys, startSystem, type ApiSystem } from './support/system.js';
import { startWorker, type TestWorker } from './support/worker.js';

let system: ApiSystem;
let worker: TestWorker;
/** Whether the shipping service rejects every booking. */
let isBroken = true;
beforeAll(async () => {
  system = await startSystem();
  worker = await startWorker(system, {
    'shipping.book': () => (isBroken ? Promise.reject(unexpected('422')) : Promise.resolve({})),
  });
});
afterAll(() => system?.close());

const shop = () => system.as('shop');
const operator = () => system.as('operator');

async function reach(id: string, status: OrderView['status']): Promise<OrderView> {
  return until(async () => {
    const { items } = (await shop().get<{ items: OrderView[] }>(`/v1/orders?orderId=${id}`)).body;
    return items.find((view) => view.status === status);
  }, 60_000);
}

async function stuckOrders(customerId: string, count: number): Promise<string[]> {
  isBroken = true;
  const placed = Array.from({ length: count }, () => shop().place(anOrder({ carrier: 'external', customerId })));
  const ids = (await Promise.all(placed)).map(({ body }) => body.id);
  for (const id of ids) await reach(id, 'needs_attention');
  return ids;
}

let count = 0;
const create = (body: object, key = `bulk-${(count += 1)}`) =>
  operator().post<Bulk & Problem>('/v1/bulk', body, { 'idempotency-key': key });
const ended = (id: string) =>
  until(async () => {
    const { body } = await operator().get<Bulk>(`/v1/bulk/${id}`);
    return body.state === 'done' ? body : undefined;
  }, 60_000);
const ordersOf = async (id: string) =>
  (await operator().get<{ items: BulkOrder[] }>(`/v1/bulk/${id}/orders`)).body.items;
/** How often the booking of an order was tried. */
const bookings = (id: string) => worker.services.of(id).callsOf('shipping.book').length;

describe('a bulk', { timeout: 120_000 }, () => {
  it('shows first what it would do, then repairs exactly these orders, each once', async () => {
    const ids = await stuckOrders('first', 4);
    const waiting = (await shop().place(anOrder({ payment: { method: 'later' }, customerId: 'first' }))).body.id;
    await reach(waiting, 'awaiting_payment');
    const select = { filter: { customerId: 'first' } };
    const draft = await create({ select, command: { action: 'retry' }, dryRun: true });
    expect(draft.status).toBe(201);
    expect(draft.body).toMatchObject({ state: 'draft', by: 'back-office', orders: { selected: 4, excluded: 1 } });
    const { id } = draft.body;
    const shown = await ordersOf(id);
    expect(
      shown
        .filter(({ result }) => result === 'pending')
        .map(({ orderId }) => orderId)
        .sort(),
    ).toEqual([...ids].sort());
    expect(shown.find(({ orderId }) => orderId === waiting)).toMatchObject({
      result: 'excluded',
      code: 'wrong_status',
    });

    // One that gets stuck now matches too, but nobody has seen it.
    const [later] = await stuckOrders('first', 1);
    // And one is repaired by hand in between.
    isBroken = false;
    const { steps } = await reach(ids[0]!, 'needs_attention');
    const stuckStep = steps.find(({ state }) => state === 'failed')!.id;
    await operator().post(`/v1/orders/${ids[0]}/resolve`, { action: 'retry', step: stuckStep });
    await reach(ids[0]!, 'confirmed');

    const stream = await events(id);
    expect((await operator().post<Bulk>(`/v1/bulk/${id}/start`, {})).body.state).toBe('running');
    expect((await ended(id)).orders).toEqual({ selected: 4, excluded: 1, pending: 0, done: 3, refused: 1, failed: 0 });
    const results = await ordersOf(id);
    expect(results.find(({ orderId }) => orderId === ids[0])).toMatchObject({
      result: 'refused',
      code: 'wrong_status',
    });
    for (const each of ids.slice(1)) await reach(each, 'confirmed');
    expect(ids.map(bookings)).toEqual([2, 2, 2, 2]);
    expect(bookings(later!)).toBe(1);
    expect((await reach(later!, 'needs_attention')).id).toBe(later);

    const told = await stream.text();
    expect(told.match(/^event: result$/gm)).toHaveLength(4);
    expect(told).toMatch(/event: bulk\nid: \d+\ndata: \{.*"state":"done"/);
    // A client whose connection was lost before the first result misses none.
    const [, first] = /^event: bulk\nid: (\d+)$/m.exec(told)!;
    expect((await (await events(id, first)).text()).match(/^event: result$/gm)).toHaveLength(4);
    expect((await events(id, '999999999')).status).toBe(204);
  });

  it('of a group of trouble clears the group', async () => {
    const ids = await stuckOrders('group', 2);
    const groups = await shop().get<TroubleList>('/v1/trouble');
    const group = groups.body.items.find(({ step }) => step === 'bookParcel')!;
    expect(group).toMatchObject({ kind: 'stuck', failureCode: 'service_rejected_call', service: 'shipping' });
    // Several groups, as one who decides for all of them at once writes it.
    const select = { filter: { group: [group.id, group.id], customerId: 'group' } };
    const { body } = await create({ select, command: { action: 'abandon' } });
    expect(body).toMatchObject({ state: 'running', orders: { selected: 2 } });
    expect((await ended(body.id)).orders.done).toBe(2);
    for (const id of ids) await reach(id, 'cancelled');
    const { body: history } = await operator().get<{ events: { by?: string }[] }>(`/v1/orders/${ids[0]}/history`);
    expect(JSON.stringify(history)).toContain('back-office');
  });

  it('does not touch an order whose run was ended from outside, and says so', async () => {
    const [seen, gone] = await stuckOrders('terminated', 2);
    isBroken = false;
    const select = { filter: { customerId: 'terminated' } };
    const { body } = await create({ select, command: { action: 'retry' }, dryRun: true });
    await system.temporal.client.workflow.getHandle(orderWorkflowId(gone!)).terminate('test');
    await operator().post(`/v1/bulk/${body.id}/start`, {});
    expect((await ended(body.id)).orders).toMatchObject({ selected: 2, done: 1, refused: 1 });
    const results = new Map((await ordersOf(body.id)).map((each) => [each.orderId, each]));
    expect(results.get(seen!)?.result).toBe('done');
    expect(results.get(gone!)).toMatchObject({ result: 'refused', code: 'order_ended' });
    expect(results.get(gone!)?.message).toMatch(/its run was ended from outside. Open the order/);
  });

  it('that is stopped and goes on, again and again, sends each command once', async () => {
    const ids = await stuckOrders('stopped', 5);
    isBroken = false;
    const { body } = await create({ select: { ids }, command: { action: 'retry' } });
    for (let round = 0; round < 5; round += 1) {
      await operator().post(`/v1/bulk/${body.id}/stop`, {});
      await operator().post(`/v1/bulk/${body.id}/start`, {});
    }
    expect((await ended(body.id)).orders).toMatchObject({ selected: 5, done: 5 });
    for (const id of ids) await reach(id, 'confirmed');
    expect(ids.map(bookings)).toEqual([2, 2, 2, 2, 2]);
  });

  it('is found again under its key', async () => {
    const body = { select: { ids: ['ord_0'] }, command: { action: 'retry' }, dryRun: true };
    const [first, second] = [await create(body, 'same'), await create(body, 'same')];
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body).toEqual(first.body);
    const other = await create({ ...body, dryRun: false }, 'same');
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
  });

  it('is of the shop of its key', async () => {
    const [id] = await stuckOrders('tenant', 1);
    const own = system.as('shopOperator');
    const post = (select: object) =>
      own.post<Bulk & Problem>(
        '/v1/bulk',
        { select, command: { action: 'retry' }, dryRun: true },
        { 'idempotency-key': 't' },
      );
    expect((await post({ filter: { shopId: 'other' } })).status).toBe(403);
    const { body } = await post({ ids: [id] });
    expect(body.orders.selected).toBe(1);
    expect((await operator().get(`/v1/bulk/${body.id}`)).status).toBe(200);
    const elsewhere = await create({ select: { ids: [id] }, command: { action: 'retry' }, dryRun: true });
    for (const path of [`/v1/bulk/${elsewhere.body.id}`, `/v1/bulk/${elsewhere.body.id}/orders`, '/v1/bulk/bulk_0']) {
      expect((await own.get(path)).status, path).toBe(404);
    }
    const { items } = (await own.get<{ items: Bulk[] }>('/v1/bulk')).body;
    expect(items.map((each) => each.id)).toEqual([body.id]);
  });
});

it.each([
  ['without a key', { select: { ids: ['a'] }, command: { action: 'retry' } }, {}, 400, 'idempotency_key_required'],
  [
    'of every order',
    { select: { filter: {} }, command: { action: 'retry' } },
    { 'idempotency-key': 'k' },
    422,
    'validation_failed',
  ],
  [
    'with another command',
    { select: { ids: ['a'] }, command: { action: 'amend' } },
    { 'idempotency-key': 'k' },
    422,
    'validation_failed',
  ],
])('refuses a bulk %s', async (_case, body, headers, status, code) => {
  const answer = await operator().post<Problem>('/v1/bulk', body, headers);
  expect([answer.status, answer.body.code]).toEqual([status, code]);
});

it('is for operators', async () => {
  for (const path of ['/v1/bulk', '/v1/bulk/bulk_1', '/v1/bulk/bulk_1/orders', '/v1/bulk/bulk_1/events']) {
    expect((await shop().get<Problem>(path)).body.code, path).toBe('forbidden');
  }
  expect((await shop().post<Problem>('/v1/bulk/bulk_1/start', {})).body.code).toBe('forbidden');
});

function events(id: string, lastEventId?: string): Promise<Response> {
  const headers = { authorization: `Bearer ${keys.operator}`, ...(lastEventId && { 'last-event-id': lastEventId }) };
  return fetch(`${system.api.url}/v1/bulk/${id}/events`, { headers });
}
