import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { costOf, type Cost } from '../../bench/counts/history-cost.js';
import type { OrderView, PlaceOrder } from '../../contracts/order.js';
import { orderWorkflowId } from '../../workflows/order/messages.js';
import { untilAccepted } from '../support/accepted.js';
import { until } from '../support/until.js';
import { Gate, refusal } from '../workflows/misbehaviour.js';
import { Caller, type Problem } from './support/caller.js';
import { anOrder } from './support/orders.js';
import { keys, startApi, startSystem, type ApiOnly, type ApiSystem } from './support/system.js';
import { sendWebhook } from './support/webhook.js';
import { startWorker } from './support/worker.js';

type Either = Omit<OrderView, 'status'> & Omit<Problem, 'status'>;

let system: ApiSystem;
/** They wait for the end of each Update: the client would go on with one that was answered before, also while it is being closed. */
let patient: ApiOnly[] = [];
let amending = new Gate();
beforeAll(async () => {
  system = await startSystem();
  await startWorker(system, {
    'inventory.reduce': (input, healthy) => amending.behave(input, healthy),
    'payment.authorize': ({ token }, healthy) =>
      token === 'tok_ok' ? healthy() : Promise.reject(refusal('payment_declined')),
  });
  const start = () => startApi(system.temporal.address, system.book.url, {}, undefined, {}, { answerMs: 20_000 });
  patient = await Promise.all([start(), start(), start()]);
});
afterAll(async () => {
  await Promise.all(patient.map((api) => api.close()));
  await system?.close();
});

const shop = () => system.as('shop');
const read = async (id: string) => (await shop().get(`/v1/orders/${id}`)).body;
const has = (id: string, test: (view: OrderView) => boolean) => until(async () => test(await read(id)));

async function awaitingPayment(): Promise<string> {
  const order: PlaceOrder = anOrder({ payment: { method: 'later' }, carrier: 'external' });
  const { body } = await shop().place(order);
  await has(body.id, ({ status }) => status === 'awaiting_payment');
  return body.id;
}

// An API sends six at once. Three of them send more than the ten that Temporal takes of one run.
it.each([
  ['one API', () => [system.api]],
  ['three APIs', () => patient],
] as const)(
  '30 commands at the same moment through %s: each gets its answer, and none is lost',
  async (_, apis) => {
    const id = await awaitingPayment();
    const callers = apis().map(({ url }) => new Caller(url, keys.shop));
    const pay = (n: number, through: Caller) =>
      through.post<Either>(
        `/v1/orders/${id}/payment`,
        { method: 'card', token: `tok_${n}` },
        { 'idempotency-key': `pay-${n}` },
      );
    const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => pay(n, callers[n % callers.length]!)));
    for (const { status, body, headers } of answers) {
      if (status === 200) continue;
      expect([409, 503]).toContain(status);
      expect(body.code).toMatch(status === 409 ? /^wrong_status$/ : /^(not_processed_yet|overloaded)$/);
      if (status === 503) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    for (const n of answers.keys()) await until(async () => (await pay(n, shop())).status === 200);
    await has(id, ({ payment }) => payment.attempts.length >= 30);
    expect((await read(id)).payment.attempts).toHaveLength(30);
  },
  60_000,
);

// The two events of the timer are what waiting adds: paid after the amendment is through, the order has 56. The reminder of the payment has a
// timer too. A busy machine can make an order more expensive, so the cheapest of three counts.
it('what an order costs with a command that waits for the call of the one before', async () => {
  const costs: Cost[] = [];
  for (let n = 0; n < 3; n += 1) costs.push(await costOfWaitingCommand());
  const least = (what: 'transitions' | 'events' | 'bytes') => Math.min(...costs.map((cost) => cost[what]));
  expect(least('transitions')).toBeLessThanOrEqual(16);
  expect(least('events')).toBeLessThanOrEqual(58);
  expect(least('bytes')).toBeLessThanOrEqual(13_550);
});

async function costOfWaitingCommand(): Promise<Cost> {
  amending = new Gate();
  const id = await awaitingPayment();
  const run = system.temporal.client.workflow.getHandle(orderWorkflowId(id));
  expect((await shop().patch(`/v1/orders/${id}`, { lines: [{ sku: 'mug', quantity: 1 }] })).status).toBe(200);
  const paid = shop().post(`/v1/orders/${id}/payment`, { method: 'card', token: 'tok_ok' });
  await untilAccepted(run, 2, paid);
  amending.open();
  expect((await paid).status).toBe(200);
  await has(id, ({ status }) => status === 'confirmed');
  await sendWebhook(system.as(undefined), {
    type: 'shipment.delivered',
    data: { orderId: id, signedBy: 'A. Example' },
  });
  await run.result();
  return costOf(run);
}

// Against a real server: the time-skipping one sometimes loses the workflow task of a run whose Cancel comes during a task with an Update.
it.each([0, 2, 5, 10, 20])(
  "a Cancel from Temporal's own tools %i ms after a command does not take the answer from that command",
  async (ms) => {
    const id = await awaitingPayment();
    const run = system.temporal.client.workflow.getHandle(orderWorkflowId(id));
    const amended = shop().patch<Either>(`/v1/orders/${id}`, { lines: [{ sku: 'mug', quantity: 1 }] });
    await setTimeout(ms);
    await run.cancel();
    const { status, body } = await amended;
    if (status !== 200) {
      expect(status).toBe(409);
      expect(body.code).toMatch(/^(wrong_status|order_ended)$/);
    }
    await run.result();
    expect(await read(id)).toMatchObject({
      status: 'cancelled',
      failure: { code: 'cancelled_by_operator' },
      total: status === 200 ? 1740 : 2990,
    });
  },
);
