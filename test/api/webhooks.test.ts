import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mostPaymentAttempts } from '../../contracts/bounds.js';
import type { OrderView } from '../../contracts/order.js';
import { developmentWebhookSecret } from '../../src/config/index.js';
import { orderWorkflowId } from '../../workflows/order/messages.js';
import { until } from '../support/until.js';
import { Caller, type Problem } from './support/caller.js';
import { anOrder } from './support/orders.js';
import { startApi, startSystem, type ApiSystem } from './support/system.js';
import { sendWebhook, signedHeaders, type SentWebhook } from './support/webhook.js';
import { startWorker, type TestWorker } from './support/worker.js';

let system: ApiSystem;
let worker: TestWorker;
beforeAll(async () => {
  system = await startSystem();
  worker = await startWorker(system);
});
afterAll(() => system?.close());

const send = (sent: SentWebhook) => sendWebhook(system.as(undefined), sent);
const read = async (id: string) => (await system.as('shop').get(`/v1/orders/${id}`)).body;
const reach = (id: string, status: OrderView['status']) =>
  until(async () => {
    const view = await read(id);
    return view.status === status ? view : undefined;
  });

async function placed(status: OrderView['status'], changes: Parameters<typeof anOrder>[0] = {}): Promise<string> {
  const { body } = await system.as('shop').place(anOrder({ carrier: 'external', ...changes }), randomUUID());
  await reach(body.id, status);
  return body.id;
}

async function signalsOf(id: string): Promise<number> {
  const { events } = await system.temporal.client.workflow.getHandle(orderWorkflowId(id)).fetchHistory();
  return (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes).length;
}

async function historyOf(id: string): Promise<number> {
  return (await system.temporal.client.workflow.getHandle(orderWorkflowId(id)).describe()).historyLength;
}

describe('the signature', () => {
  const body = JSON.stringify({
    type: 'shipment.delivered',
    timestamp: '2020-01-02T03:04:05Z',
    data: { orderId: `ord_${'0'.repeat(26)}` },
  });
  const good = () => signedHeaders(body);
  const minutesFromNow = (minutes: number) => new Date(Date.now() + minutes * 60_000);
  const without = (name: string) => Object.fromEntries(Object.entries(good()).filter(([key]) => key !== name));
  const table: [name: string, headers: () => Record<string, string>, status: number, code: string][] = [
    ['right', good, 404, 'not_found'],
    [
      'right, beside one of an older secret',
      () => ({ ...good(), 'webhook-signature': `v1,AAAA ${good()['webhook-signature']}` }),
      404,
      'not_found',
    ],
    ['four minutes old', () => signedHeaders(body, { at: minutesFromNow(-4) }), 404, 'not_found'],
    ['six minutes old', () => signedHeaders(body, { at: minutesFromNow(-6) }), 400, 'webhook_too_old'],
    ['six minutes ahead', () => signedHeaders(body, { at: minutesFromNow(6) }), 400, 'webhook_too_old'],
    [
      'old, with the time made new',
      () => ({ ...signedHeaders(body, { at: minutesFromNow(-6) }), 'webhook-timestamp': good()['webhook-timestamp']! }),
      401,
      'invalid_signature',
    ],
    [
      'by another secret',
      () => signedHeaders(body, { secret: `whsec_${Buffer.alloc(24).toString('base64')}` }),
      401,
      'invalid_signature',
    ],
    ['of another body', () => signedHeaders(`${body} `), 401, 'invalid_signature'],
    ['under another id', () => ({ ...good(), 'webhook-id': 'msg_2' }), 401, 'invalid_signature'],
    [
      'of another version',
      () => ({ ...good(), 'webhook-signature': good()['webhook-signature']!.replace('v1,', 'v2,') }),
      401,
      'invalid_signature',
    ],
    [
      'cut short',
      () => ({ ...good(), 'webhook-signature': good()['webhook-signature']!.slice(0, -4) }),
      401,
      'invalid_signature',
    ],
    ['without its version', () => ({ ...good(), 'webhook-signature': 'v1' }), 401, 'invalid_signature'],
    ['not there', () => without('webhook-signature'), 401, 'invalid_signature'],
    ['without an id', () => without('webhook-id'), 401, 'invalid_signature'],
    ['without a time', () => without('webhook-timestamp'), 401, 'invalid_signature'],
    ['at no time', () => ({ ...good(), 'webhook-timestamp': 'now' }), 401, 'invalid_signature'],
  ];
  it.each(table)('%s', async (_, headers, status, code) => {
    for (const route of ['payment', 'carrier']) {
      const answer = await system.as(undefined).post<Problem>(`/v1/webhooks/${route}`, body, headers());
      // The other route checks the signature in the same way, and then rejects the event type.
      const taken = route === 'payment' && status === 404 ? [422, 'validation_failed'] : [status, code];
      expect([answer.status, answer.body.code], route).toEqual(taken);
    }
  });

  it('covers the exact bytes that were sent', async () => {
    const spaced = JSON.stringify(JSON.parse(body), undefined, 4).replaceAll('/', '\\/');
    const answer = await system.as(undefined).post('/v1/webhooks/carrier', spaced, signedHeaders(spaced));
    expect(answer.status).toBe(404);
  });

  it('is checked before the fields', async () => {
    const wrong = JSON.stringify({ type: 'shipment.eaten', timestamp: 'once', data: { orderId: 'x', colour: 'red' } });
    const unsigned = await system.as(undefined).post<Problem>('/v1/webhooks/carrier', wrong);
    expect(unsigned.body.code).toBe('invalid_signature');
    const { status, body: problem } = await system
      .as(undefined)
      .post<Problem>('/v1/webhooks/carrier', wrong, signedHeaders(wrong));
    expect([status, problem.code]).toEqual([422, 'validation_failed']);
    expect(problem.errors?.map(({ path }) => path).sort()).toEqual(['/data/colour', '/timestamp', '/type']);
  });
});

it('each sender has its own secret, which is valid for its own route only', async () => {
  const secret = `whsec_${Buffer.alloc(32, 'p').toString('base64')}`;
  const api = await startApi(system.temporal.address, system.book.url, { PAYMENT_WEBHOOK_SECRET: secret });
  const outside = new Caller(api.url, undefined);
  const timestamp = '2020-01-02T03:04:05Z';
  const data = { orderId: `ord_${'0'.repeat(26)}` };
  const body = {
    payment: JSON.stringify({ type: 'payment.failed', timestamp, data }),
    carrier: JSON.stringify({ type: 'shipment.lost', timestamp, data }),
  };
  const code = async (route: 'payment' | 'carrier', by: string) =>
    (await outside.post<Problem>(`/v1/webhooks/${route}`, body[route], signedHeaders(body[route], { secret: by }))).body
      .code;
  expect(await code('payment', secret)).toBe('not_found');
  expect(await code('payment', developmentWebhookSecret)).toBe('invalid_signature');
  expect(await code('carrier', developmentWebhookSecret)).toBe('not_found');
  expect(await code('carrier', secret)).toBe('invalid_signature');
  await api.close();
});

describe('the time of an event', () => {
  const about = { type: 'shipment.dispatched', data: { orderId: `ord_${'0'.repeat(26)}` } } as const;
  // The order is looked up after the body is validated.
  it.each(['2026-11-20t10:00:00z', '1990-12-31T23:59:60Z', '2018-03-01T12:00:00.123456+02:00', '0000-01-01T00:00:00Z'])(
    '%s is one',
    async (timestamp) => {
      expect(await send({ ...about, timestamp })).toMatchObject({ status: 404, body: { code: 'not_found' } });
    },
  );
  it.each(['9999-12-31T23:59:59-23:59', '0000-01-01T00:00:00+23:59', '2024-02-30T00:00:00Z', 'now'])(
    '%s is none',
    async (timestamp) => {
      const { status, body } = await send({ ...about, timestamp });
      expect([status, body.errors?.map(({ path }) => path)]).toEqual([422, ['/timestamp']]);
    },
  );
});

it('an unknown order, shipment or return', async () => {
  const id = await placed('confirmed');
  const unknown: SentWebhook[] = [
    { type: 'shipment.dispatched', data: { orderId: 'ord_1' } },
    { type: 'shipment.dispatched', data: { orderId: `ord_${'0'.repeat(26)}` } },
    { type: 'shipment.dispatched', data: { orderId: id, shipmentId: 'elsewhere' } },
    { type: 'shipment.dispatched', data: { orderId: id, shipmentId: `${id}-west` } },
    { type: 'return.received', data: { orderId: id, returnId: 'ret_1' } },
  ];
  for (const event of unknown) {
    const { status, body } = await send(event);
    expect([status, body.code], JSON.stringify(event)).toEqual([404, 'not_found']);
  }
  expect(await signalsOf(id)).toBe(0);
});

it('an event is sent to the run once, and its effect is visible', async () => {
  const id = await placed('confirmed');
  const dispatched: SentWebhook = {
    type: 'shipment.dispatched',
    data: { orderId: id, shipmentId: `${id}-east`, trackingNumber: 'T-1', carrier: 'Post' },
    id: 'carrier-1',
    timestamp: '2018-03-01T12:00:00+02:00',
  };
  expect(await send(dispatched)).toMatchObject({ status: 200, body: { applied: true } });
  const view = await reach(id, 'shipping');
  expect(view.shipments[0]).toMatchObject({ trackingNumber: 'T-1', dispatchedAt: '2018-03-01T10:00:00.000Z' });
  // The same message, and another message with the same event: neither grows the history.
  expect((await send(dispatched)).body).toEqual({ applied: false });
  expect((await send({ ...dispatched, id: 'carrier-2' })).body).toEqual({ applied: false });
  expect(await signalsOf(id)).toBe(1);
});

it('a delivery implies its dispatch; a signature after it still counts', async () => {
  const id = await placed('confirmed');
  expect((await send({ type: 'shipment.delivered', data: { orderId: id } })).body).toEqual({ applied: true });
  await reach(id, 'delivered');
  expect((await send({ type: 'shipment.delivered', data: { orderId: id } })).body).toEqual({ applied: false });
  const signed: SentWebhook = { type: 'shipment.delivered', data: { orderId: id, signedBy: 'A. Example' } };
  expect((await send(signed)).body).toEqual({ applied: true });
  await reach(id, 'completed');
  expect((await send({ ...signed, id: randomUUID() })).body).toEqual({ applied: false });
});

it('an event with a new fact is sent to the run, whatever came before', async () => {
  const id = await placed('confirmed');
  const to = { orderId: id, shipmentId: `${id}-east` };
  const at = (hour: number) => `2020-01-02T${String(hour).padStart(2, '0')}:00:00Z`;
  const parcel = async () => (await read(id)).shipments[0]!;
  const told = async (type: SentWebhook['type'], hour: number, data: object) =>
    (await send({ type, data: { ...to, ...data }, timestamp: at(hour) })).body.applied;

  expect(await told('shipment.delivered', 10, {})).toBe(true);
  await reach(id, 'delivered');
  expect((await parcel()).dispatchedAt).toBe('2020-01-02T10:00:00.000Z');
  expect(await told('shipment.dispatched', 8, { trackingNumber: 'T-1' })).toBe(true);
  await until(async () => (await parcel()).trackingNumber === 'T-1');
  expect((await parcel()).dispatchedAt).toBe('2020-01-02T08:00:00.000Z');
  // No effect: the same event, a later dispatch, a later delivery, and another final event.
  expect(await told('shipment.dispatched', 8, { trackingNumber: 'T-1' })).toBe(false);
  expect(await told('shipment.dispatched', 9, {})).toBe(false);
  expect(await told('shipment.delivered', 11, {})).toBe(false);
  expect(await told('shipment.lost', 12, {})).toBe(false);
  expect(await told('shipment.dispatched', 9, { trackingNumber: 'T-2', carrier: 'Post' })).toBe(true);
  await until(async () => (await parcel()).carrier === 'Post');
  expect((await parcel()).trackingNumber).toBe('T-2');
  expect(await told('shipment.delivered', 9, { signedBy: 'A. Example' })).toBe(true);
  const view = await reach(id, 'completed');
  expect(view.shipments[0]).toMatchObject({ deliveredAt: '2020-01-02T09:00:00.000Z', signedBy: 'A. Example' });
  expect(await signalsOf(id)).toBe(4);
  // The run has closed, so nothing merges it.
  await system.temporal.client.workflow.getHandle(orderWorkflowId(id)).result();
  expect(await told('shipment.dispatched', 7, {})).toBe(false);
  expect((await send({ type: 'shipment.lost', data: { orderId: id, shipmentId: `${id}-west` } })).status).toBe(404);
});

it('a payment by webhook pays', async () => {
  const id = await placed('awaiting_payment', { payment: { method: 'later' } });
  expect(
    (await send({ type: 'payment.succeeded', data: { orderId: id, amount: 2990, currency: 'EUR' } })).body,
  ).toEqual({
    applied: true,
  });
  await reach(id, 'confirmed');
});

it('money that arrives after the end is refunded, and listed in payment.attempts', async () => {
  const id = await placed('awaiting_payment', { payment: { method: 'later' } });
  await system.as('shop').post(`/v1/orders/${id}/cancel`, {});
  await reach(id, 'cancelled');
  await system.temporal.client.workflow.getHandle(orderWorkflowId(id)).result();
  const paid: SentWebhook = { type: 'payment.succeeded', data: { orderId: id, amount: 2990, currency: 'EUR' } };
  const messages = [randomUUID(), randomUUID()];
  for (const message of messages) {
    expect(await send({ ...paid, id: message })).toMatchObject({ status: 200, body: { applied: true } });
  }
  expect((await send({ ...paid, id: messages[0]! })).body).toEqual({ applied: false });
  const view = await until(async () => {
    const now = await read(id);
    return now.payment.attempts.length === messages.length ? now : undefined;
  });
  expect(view).toMatchObject({ status: 'cancelled', payment: { authorized: 0, captured: 0 } });
  expect(view.payment.attempts.map(({ outcome }) => outcome)).toEqual(['returned', 'returned']);
  expect(await (await fetch(`${system.api.url}/metrics`)).text()).toMatch(/orderflow_late_payments_total [1-9]/);
});

it('money that arrives twice is counted and logged', async () => {
  const id = await placed('confirmed');
  const lines: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const api = await startApi(system.temporal.address, system.book.url, {}, logger);
  const paid: SentWebhook = { type: 'payment.succeeded', data: { orderId: id, amount: 2990, currency: 'EUR' } };
  expect((await sendWebhook(new Caller(api.url, undefined), paid)).body).toEqual({ applied: true });
  expect(await (await fetch(`${api.url}/metrics`)).text()).toMatch(/orderflow_late_payments_total 1$/m);
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([{ orderId: id }]);
  await api.close();
});

it.each([
  ['payment', 'shipment.delivered', {}],
  ['payment', 'return.received', { returnId: 'ret_1' }],
  ['carrier', 'payment.succeeded', { amount: 2990, currency: 'EUR' }],
  ['carrier', 'payment.failed', {}],
] as const)('the route of the %s takes no %s', async (to, type, data) => {
  const id = await placed('awaiting_payment', { payment: { method: 'later' } });
  const { status, body } = await send({ type, data: { orderId: id, ...data }, to });
  expect([status, body.code, body.errors?.[0]?.path]).toEqual([422, 'validation_failed', '/type']);
  expect((await read(id)).status).toBe('awaiting_payment');
});

it.each(['amount', 'currency'] as const)('a payment without %s pays nothing', async (missing) => {
  const id = await placed('awaiting_payment', { payment: { method: 'later' } });
  const { [missing]: _, ...data } = { amount: 2990, currency: 'EUR' };
  const { status, body } = await send({ type: 'payment.succeeded', data: { orderId: id, ...data } });
  expect([status, body.code, body.errors?.[0]?.path]).toEqual([422, 'validation_failed', `/data/${missing}`]);
  expect((await read(id)).payment.attempts).toEqual([]);
});

it('a failed payment is not sent to an order that is paid', async () => {
  const id = await placed('awaiting_payment', { payment: { method: 'later' } });
  const failed: SentWebhook = { type: 'payment.failed', data: { orderId: id, reason: 'expired' } };
  expect((await send(failed)).body).toEqual({ applied: true });
  await send({ type: 'payment.succeeded', data: { orderId: id, amount: 2990, currency: 'EUR' } });
  await reach(id, 'confirmed');
  const before = await signalsOf(id);
  for (let n = 0; n < 5; n += 1) expect((await send(failed)).body).toEqual({ applied: false });
  expect(await signalsOf(id)).toBe(before);

  const byCard = await placed('confirmed');
  expect((await send({ ...failed, data: { orderId: byCard } })).body).toEqual({ applied: false });
});

it('an event that could not be sent is sent when the sender repeats it', async () => {
  const id = await placed('confirmed');
  let down = true;
  const api = await startApi(system.temporal.address, system.book.url, {}, pino({ level: 'silent' }), {
    interceptors: {
      workflow: [
        {
          signal: (input, next) =>
            down
              ? Promise.reject(Object.assign(new Error('14'), { code: 14, details: 'no', metadata: {} }))
              : next(input),
        },
      ],
    },
  });
  const sent: SentWebhook = { type: 'shipment.dispatched', data: { orderId: id }, id: 'repeated-1' };
  const there = new Caller(api.url, undefined);
  expect((await sendWebhook(there, sent)).body.code).toBe('temporal_unavailable');
  down = false;
  expect((await sendWebhook(there, sent)).body).toEqual({ applied: true });
  await reach(id, 'shipping');
  expect((await sendWebhook(there, sent)).body).toEqual({ applied: false });
  await api.close();
});

it('an event reaches an order that no worker has started', async () => {
  await worker.stop();
  const { body } = await system.as('shop').place(anOrder({ carrier: 'external', payment: { method: 'later' } }));
  const paid = await send({ type: 'payment.succeeded', data: { orderId: body.id, amount: 2990, currency: 'EUR' } });
  expect([paid.status, paid.body]).toEqual([200, { applied: true }]);
  worker = await startWorker(system);
  await reach(body.id, 'confirmed');
});

it('failed payments are recorded up to the limit and then dropped; the payment of the total still counts', async () => {
  const id = await placed('awaiting_payment', { payment: { method: 'later' } });
  const attempts = async () => (await read(id)).payment.attempts.length;
  await Promise.all(
    Array.from({ length: mostPaymentAttempts }, () => send({ type: 'payment.failed', data: { orderId: id } })),
  );
  await until(async () => (await attempts()) === mostPaymentAttempts);
  const before = await signalsOf(id);
  expect((await send({ type: 'payment.failed', data: { orderId: id } })).body).toEqual({ applied: false });
  const { total } = await read(id);
  const pays = (amount: number, currency = 'EUR') =>
    send({ type: 'payment.succeeded', data: { orderId: id, amount, currency } });
  expect((await pays(total - 1)).body).toEqual({ applied: false });
  expect((await pays(total, 'USD')).body).toEqual({ applied: false });
  expect(await signalsOf(id)).toBe(before);
  expect((await pays(total)).body).toEqual({ applied: true });
  await reach(id, 'confirmed');
});

it('an endless series of events is dropped before the history grows too large; the order can still be ended', async () => {
  const id = await placed('awaiting_payment', { payment: { method: 'later' } });
  const history = { unchecked: 3, events: 80, bytes: 17_000_000 };
  const api = await startApi(system.temporal.address, system.book.url, {}, pino({ level: 'silent' }), {}, { history });
  let signals = 0;
  try {
    const carrier = new Caller(api.url, undefined);
    let taken = -1;
    for (let applied = true; applied;) {
      taken += 1;
      const data = { orderId: id, trackingNumber: `T-${taken}` };
      ({ applied } = (await sendWebhook(carrier, { type: 'shipment.dispatched', data })).body);
      expect(taken).toBeLessThan(80);
    }
    expect(taken).toBeGreaterThan(3);
    expect(await historyOf(id)).toBeLessThan(80 + 20);
    const data = { orderId: id, trackingNumber: 'T-last' };
    expect((await sendWebhook(carrier, { type: 'shipment.dispatched', data })).body).toEqual({ applied: false });
    signals = taken;
  } finally {
    await api.close();
  }
  expect((await system.as('shop').post(`/v1/orders/${id}/cancel`, {})).status).toBe(200);
  await reach(id, 'cancelled');
  expect(await signalsOf(id)).toBe(signals);
});
