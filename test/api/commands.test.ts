import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import type { OrderPublication } from '../../contracts/publication.js';
import { orderIdFor } from '../../src/temporal/ids.js';
import { orderWorkflowId } from '../../workflows/order/messages.js';
import { until } from '../support/until.js';
import { fault } from '../workflows/misbehaviour.js';
import { Caller, type Problem } from './support/caller.js';
import { anOrder } from './support/orders.js';
import { keys, nowhere, startApi, startSystem, type ApiSystem } from './support/system.js';
import { startWorker, type TestWorker } from './support/worker.js';

/** An order or a problem. */
type Either = Omit<OrderView, 'status'> & Omit<Problem, 'status'>;

let system: ApiSystem;
let worker: TestWorker;
/** Whether the workers can reach the order book. */
let bookIsAway = false;
/** Orders whose reservation fails for now. */
const stuck = new Set<string>();
beforeAll(async () => {
  system = await startSystem();
  worker = await startWorker(system, {
    'shipping.book': ({ orderId }) => (stuck.has(orderId) ? Promise.reject(fault()) : Promise.resolve({})),
    'orders.publish': (publication) => (bookIsAway ? Promise.reject(fault()) : publish(publication)),
  });
});
afterAll(() => system?.close());

function publish({ view, ...publication }: OrderPublication): Promise<number> {
  const body = { ...publication, view };
  return system.bookClient.publish({ params: { orderId: view.id }, body }).then(({ revision }) => revision);
}

const shop = () => system.as('shop');
const later = () => anOrder({ payment: { method: 'later' }, carrier: 'external' });

async function placed(order = later(), status: OrderView['status'] = 'awaiting_payment'): Promise<string> {
  const { body } = await shop().place(order);
  await until(async () => (await shop().get(`/v1/orders/${body.id}`)).body.status === status);
  return body.id;
}

it('a command answers with the order, and a read that follows shows its effect', async () => {
  const id = await placed();
  const paid = await shop().post(`/v1/orders/${id}/payment`, { method: 'card', token: 'tok_ok' });
  expect(paid.status).toBe(200);
  expect(paid.body).toMatchObject({ id, links: { self: `${system.api.url}/v1/orders/${id}` } });
  const read = await shop().get(`/v1/orders/${id}`);
  expect(read.body.revision).toBeGreaterThanOrEqual(paid.body.revision);
  await until(async () => (await shop().get(`/v1/orders/${id}`)).body.status === 'confirmed');
});

describe('a command answers with its effect', () => {
  const city = (name: string) => ({ shippingAddress: { ...anOrder().shippingAddress, city: name } });

  it('also while the workers cannot reach the book: the run knows what the book does not have yet', async () => {
    const id = await placed();
    bookIsAway = true;
    try {
      const answer = await shop().patch(`/v1/orders/${id}`, city('Bremen'));
      expect([answer.status, answer.body.shippingAddress.city]).toEqual([200, 'Bremen']);
    } finally {
      bookIsAway = false;
    }
  });

  it('also while the API cannot reach the book', async () => {
    const id = await placed();
    const alone = await startApi(system.temporal.address, `http://${nowhere}`);
    try {
      const answer = await new Caller(alone.url, keys.shop).patch(`/v1/orders/${id}`, city('Kiel'));
      expect([answer.status, answer.body.shippingAddress.city]).toEqual([200, 'Kiel']);
    } finally {
      await alone.close();
    }
  });
});

it('an accepted command takes effect once per key, and repeats its answer; another command under the key is rejected', async () => {
  const id = await placed();
  const body = { shippingAddress: { ...anOrder().shippingAddress, city: 'Bremen' } };
  const first = await shop().patch(`/v1/orders/${id}`, body, { 'idempotency-key': 'amend-1' });
  expect([first.status, first.body.shippingAddress.city]).toEqual([200, 'Bremen']);
  await shop().patch(`/v1/orders/${id}`, { shippingAddress: { ...body.shippingAddress, city: 'Kiel' } });
  const again = await shop().patch(`/v1/orders/${id}`, body, { 'idempotency-key': 'amend-1' });
  // The order as it is now: the first change is not repeated.
  expect([again.status, again.body.shippingAddress.city]).toEqual([200, 'Kiel']);
  const other = await shop().post<Problem>(`/v1/orders/${id}/cancel`, {}, { 'idempotency-key': 'amend-1' });
  expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
  expect((await shop().get(`/v1/orders/${id}`)).body.shippingAddress.city).toBe('Kiel');
});

describe('a command that is not possible is refused, with the list of those that are', () => {
  it('in the wrong status', async () => {
    const id = await placed();
    const refused = await shop().post<Problem>(`/v1/orders/${id}/receipt`, {});
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: 'wrong_status', orderStatus: 'awaiting_payment' });
    expect(refused.body.possible).toContain('payment');
  });

  it('the same key may succeed after a refusal', async () => {
    const id = await placed();
    const pay = () => shop().post<Either>(`/v1/orders/${id}/receipt`, {}, { 'idempotency-key': 'receipt-1' });
    expect((await pay()).body.code).toBe('wrong_status');
    await shop().post(`/v1/orders/${id}/payment`, { method: 'card', token: 'tok_ok' });
    await until(async () => (await shop().get(`/v1/orders/${id}`)).body.status === 'confirmed');
    await system.temporal.client.workflow.getHandle(orderWorkflowId(id)).signal('shipment.delivered', {
      id: 'd-1',
      timestamp: '2024-01-01T00:00:00.000Z',
      data: {},
    });
    await until(async () => (await shop().get(`/v1/orders/${id}`)).body.status === 'delivered');
    expect((await pay()).status).toBe(200);
  });

  it('also when it came second at the same moment', async () => {
    const id = await placed();
    const pay = (key: string) =>
      shop().post<Either>(`/v1/orders/${id}/payment`, { method: 'card', token: 'tok_ok' }, { 'idempotency-key': key });
    const keys = ['p-1', 'p-2', 'p-3', 'p-4'];
    const answers = await Promise.all(keys.map(pay));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    await until(async () => (await shop().get(`/v1/orders/${id}`)).body.status === 'confirmed');
    for (const [i, { status }] of answers.entries()) {
      const again = await pay(keys[i]!);
      if (status === 200) expect(again.status).toBe(200);
      else expect([again.status, again.body.code, again.body.orderStatus]).toEqual([409, 'wrong_status', 'confirmed']);
    }
  });

  it('an unknown step, and one that must not be skipped', async () => {
    const id = await placed();
    const resolve = (step: string) =>
      system.as('operator').post<Problem>(`/v1/orders/${id}/resolve`, { action: 'skip', step });
    expect((await resolve('nowhere')).body.code).toBe('unknown_step');
    expect((await resolve('nowhere')).status).toBe(422);
  });

  it('after the end', async () => {
    const id = await placed();
    expect((await shop().post(`/v1/orders/${id}/cancel`, { reason: 'no more' })).status).toBe(200);
    await system.temporal.client.workflow.getHandle(orderWorkflowId(id)).result();
    const refused = await shop().post<Problem>(`/v1/orders/${id}/payment`, { method: 'card', token: 'tok_ok' });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: 'order_ended', orderStatus: 'cancelled', possible: [] });
    const back = await shop().post<Problem>(`/v1/orders/${id}/returns`, {
      lines: [{ sku: 'mug', quantity: 1 }],
      reason: 'chipped',
    });
    expect([back.status, back.body.code]).toEqual([409, 'order_ended']);
  });
});

it('of two commands at the same moment one wins, and the other is refused', async () => {
  const id = await placed();
  const answers = await Promise.all([
    shop().post<Either>(`/v1/orders/${id}/cancel`, {}),
    shop().post<Either>(`/v1/orders/${id}/cancel`, {}),
  ]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
});

it('the attempts of a call in progress are live, with its last failure', async () => {
  stuck.add(orderIdFor('demo', 'stuck-1'));
  const { body } = await shop().place(anOrder({ carrier: 'external' }), 'stuck-1');
  const step = `bookParcel:${body.id}-east`;
  const seen = await until(async () => {
    const view = (await shop().get(`/v1/orders/${body.id}`)).body;
    const booking = view.steps.find(({ id }) => id === step);
    return booking && booking.attempts >= 3 ? booking : undefined;
  });
  // The message is for the shop: it contains neither the service's answer nor its address.
  expect(seen.failure).toEqual({
    code: 'service_unavailable',
    message: 'The shipping service cannot be reached, or it fails.',
  });
  stuck.delete(body.id);
  await until(async () => {
    const view = (await shop().get(`/v1/orders/${body.id}`)).body;
    return view.steps.some(({ id, state }) => id === step && state === 'done');
  });
});

it('a command that was not processed in time can be repeated', { timeout: 40_000 }, async () => {
  const id = await placed();
  await worker.stop();
  const sent = () => shop().post<Either>(`/v1/orders/${id}/cancel`, {}, { 'idempotency-key': 'cancel-unseen' });
  const unseen = await sent();
  expect([unseen.status, unseen.body.code]).toEqual([503, 'not_processed_yet']);
  expect(Number(unseen.headers.get('retry-after'))).toBeGreaterThan(0);
  // The book needs no worker.
  expect((await shop().get(`/v1/orders/${id}`)).body.status).toBe('awaiting_payment');
  worker = await startWorker(system);
  const seen = await until(async () => {
    const answer = await sent();
    return answer.status === 503 ? undefined : answer;
  });
  expect([200, 409]).toContain(seen.status);
  await until(async () => (await shop().get(`/v1/orders/${id}`)).body.status === 'cancelled');
});
