import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { rebuildBook } from '../../tools/cli/rebuild/run.js';
import { orderWorkflowId, settleWorkflowId } from '../../workflows/order/messages.js';
import { serviceToken } from '../support/service-token.js';
import { until } from '../support/until.js';
import type { Problem } from './support/caller.js';
import { EventStream } from './support/event-stream.js';
import { anOrder } from './support/orders.js';
import { keys, startSystem, type ApiSystem } from './support/system.js';
import { sendWebhook } from './support/webhook.js';
import { startWorker, type TestWorker } from './support/worker.js';

/** Terminated runs: what the API shows and accepts, and how the order is settled. */

let system: ApiSystem;
let worker: TestWorker;
beforeAll(async () => {
  system = await startSystem();
  worker = await startWorker(system);
});
afterAll(() => system?.close());

const read = async (id: string) => (await system.as('shop').get(`/v1/orders/${id}`)).body;
const stored = async (id: string) => (await system.bookClient.getOrder({ params: { orderId: id } })).view;
const reach = (id: string, status: OrderView['status']) =>
  until(async () => {
    const view = await read(id);
    return view.status === status ? view : undefined;
  });
const resolve = (id: string, body: object) =>
  system.as('operator').post<{ id: string; code?: string }>(`/v1/orders/${id}/resolve`, body);

async function terminated(
  status: OrderView['status'],
  changes: Parameters<typeof anOrder>[0] = {},
): Promise<OrderView> {
  const { body } = await system.as('shop').place(anOrder({ carrier: 'external', ...changes }));
  await until(async () => {
    const view = await read(body.id);
    return view.status === status && (status !== 'confirmed' || view.shipments[0]?.status === 'booked');
  });
  await system.temporal.client.workflow.getHandle(orderWorkflowId(body.id)).terminate('test');
  return reach(body.id, 'needs_attention');
}

async function rebuild(): Promise<void> {
  const env = { TEMPORAL_ADDRESS: system.temporal.address, ORDERS_URL: system.book.url, SERVICE_TOKEN: serviceToken };
  expect(await rebuildBook({ env, print: () => undefined })).toBe(0);
}

describe('an order whose run was terminated', () => {
  it('shows it, accepts only an abandon, and is settled by it', async () => {
    const { id, ...view } = await terminated('confirmed');
    const step = `awaitDispatch:${id}-east`;
    expect(view).toMatchObject({ failure: { code: 'terminated', step }, possible: ['resolve'] });
    for (const [path, body] of [
      ['cancel', {}],
      ['receipt', {}],
      ['payment', { method: 'card', token: 'tok_ok' }],
    ] as const) {
      const answer = await system.as('shop').post<Problem>(`/v1/orders/${id}/${path}`, body);
      expect([answer.status, answer.body.code]).toEqual([409, 'wrong_status']);
      expect(answer.body).toMatchObject({ orderStatus: 'needs_attention', possible: ['resolve'] });
    }
    for (const action of ['retry', 'skip']) {
      const answer = await resolve(id, { action, step });
      expect([answer.status, answer.body.code]).toEqual([409, 'wrong_status']);
    }
    const unknown = await resolve(id, { action: 'abandon', step: 'dance' });
    expect([unknown.status, unknown.body.code]).toEqual([422, 'unknown_step']);
    const byShop = await system.as('shop').post(`/v1/orders/${id}/resolve`, { action: 'abandon', step });
    expect(byShop.status).toBe(403);

    const stream = await EventStream.open(`${system.api.url}/v1/orders/${id}/events`, keys.shop);
    const taken = await resolve(id, { action: 'abandon', step });
    expect([taken.status, taken.body.id]).toEqual([200, id]);
    const last = await reach(id, 'cancelled');
    expect(last).toMatchObject({
      failure: { code: 'terminated', step },
      possible: [],
      payment: { status: 'voided', authorized: 0, captured: 0 },
      shipments: [{ status: 'cancelled' }],
    });
    expect(last.endedAt).toBeDefined();
    expect((await stream.rest()).at(-1)?.view.status).toBe('cancelled');
    const { inventory, payment, carrier } = worker.services.of(id);
    expect([inventory.held('reserved'), inventory.held('committed'), payment.authorized]).toEqual([0, 0, 0]);
    expect([...carrier.bookings.values()]).toEqual(['cancelled']);
    expect(inventory.available).toEqual(inventory.initial);

    const again = await resolve(id, { action: 'abandon', step });
    expect([again.status, again.body.code]).toEqual([409, 'order_ended']);
    expect((await system.as('shop').get(`/v1/orders/${id}/history`)).status).toBe(200);
    await rebuild();
    expect((await stored(id)).status).toBe('cancelled');
  });

  it('undoes also what its run did after its last view', async () => {
    const view = await terminated('awaiting_payment', { payment: { method: 'later' } });
    const { id } = view;
    const holding = { orderId: id, amount: 2990, currency: 'EUR', token: 'tok_ok' };
    await worker.services.of(id).answer('in-flight', 'payment.authorize', holding);
    await resolve(id, { action: 'abandon', step: view.failure!.step });
    await reach(id, 'cancelled');
    const { inventory, payment } = worker.services.of(id);
    expect([inventory.held('reserved'), payment.authorized]).toEqual([0, 0]);
  });

  it('keeps a parcel that the carrier has, and the money captured for it', async () => {
    const { body } = await system.as('shop').place(anOrder({ carrier: 'external' }));
    const { id } = body;
    await until(async () => (await read(id)).shipments[0]?.status === 'booked');
    await sendWebhook(system.as(undefined), { type: 'shipment.dispatched', data: { orderId: id } });
    await until(async () => (await read(id)).payment.captured === 2990);
    await system.temporal.client.workflow.getHandle(orderWorkflowId(id)).terminate('test');
    const { failure } = await reach(id, 'needs_attention');
    await resolve(id, { action: 'abandon', step: failure!.step });
    expect(await reach(id, 'cancelled')).toMatchObject({
      failure: { code: 'terminated' },
      payment: { captured: 2990, refunded: 0, authorized: 0 },
      shipments: [{ status: 'dispatched' }],
    });
    expect(worker.services.of(id).inventory.held('committed')).toBe(2);
  });

  it('is found by a rebuild, so that lists and streams show it', async () => {
    const { id } = await terminated('confirmed');
    expect((await stored(id)).status).toBe('confirmed');
    await rebuild();
    expect(await stored(id)).toMatchObject({ status: 'needs_attention', failure: { code: 'terminated' } });
    const list = await system.as('shop').get<{ items: OrderView[] }>('/v1/orders?status=needs_attention');
    expect(list.body.items.map((each) => each.id)).toContain(id);
    expect((await read(id)).possible).toEqual(['resolve']);
  });

  it('is settled once, also when it is abandoned several times', async () => {
    const { id, failure } = await terminated('confirmed');
    const abandon = () => resolve(id, { action: 'abandon', step: failure!.step });
    const answers = await Promise.all([abandon(), abandon(), abandon()]);
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    await reach(id, 'cancelled');
    const { result } = await system.temporal.client.workflow
      .getHandle(settleWorkflowId(id))
      .result()
      .then((view) => ({ result: view as OrderView }));
    expect(result.status).toBe('cancelled');
    const voids = worker.services.of(id).callsOf('payment.void');
    expect(new Set(voids.map(({ key }) => key))).toEqual(new Set([`${id}:settle:void`]));
  });
});
