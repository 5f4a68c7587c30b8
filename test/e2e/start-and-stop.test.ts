import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { serviceNames } from '../../src/config/index.js';
import { connectClient } from '../../src/temporal/connection.js';
import { orderWorkflowId } from '../../workflows/order/messages.js';
import { Caller, type Problem } from '../api/support/caller.js';
import { anOrder } from '../api/support/orders.js';
import { until } from '../support/until.js';
import { keys, SingleParts, type Single } from './support/single-parts.js';

/** The parts as programs of their own, with no supervisor. The tests go on from each other, on the same parts and data. */

let parts: SingleParts;
let shop: Caller;
beforeAll(async () => {
  parts = await SingleParts.open();
  shop = new Caller(parts.url('api'), keys.shop);
}, 300_000);
// Nothing has died for what was missing.
afterEach(() => expect(parts.ended).toEqual([]));
afterAll(() => parts?.close(), 120_000);

/** A promise of docs/reliability.md, in milliseconds. */
const readyWithinMs = 15_000;

interface Ready {
  status: 'up' | 'degraded' | 'down';
  parts: Record<string, 'up' | 'down'>;
}
const ready = async () => (await shop.get<Ready>('/health/ready')).body;
const read = async (id: string) => (await shop.get(`/v1/orders/${id}`)).body;
const is = (id: string, status: OrderView['status'], withinMs = 30_000) =>
  until(
    async () => (await read(id)).status === status,
    withinMs,
    () => read(id),
  );

/** Resolves when every part is up. @returns how long that took, in milliseconds. */
async function allUp(): Promise<number> {
  const began = performance.now();
  await until(async () => (await ready()).status === 'up', readyWithinMs, ready);
  return performance.now() - began;
}

async function placed(changes: Parameters<typeof anOrder>[0] = {}): Promise<string> {
  const { status, body } = await shop.place(anOrder(changes));
  expect(status, JSON.stringify(body)).toBe(201);
  return body.id;
}

it('the API, the worker and the services start before Temporal and PostgreSQL, and say what they wait for', async () => {
  await Promise.all((['api', 'worker', ...serviceNames] as const).map((part) => parts.start(part)));
  expect(await parts.said('worker', 'waiting for Temporal')).toContain(parts.temporal.temporal.address);
  for (const name of serviceNames) {
    expect(await parts.said(name, 'Waiting for the database')).toContain(new URL(parts.databaseUrl(name)).port);
  }
  expect(await parts.said('api', 'waiting for Temporal')).toContain(parts.temporal.temporal.address);
  const answer = await shop.get<Ready>('/health/ready');
  expect(answer.status).toBe(503);
  expect(answer.body).toEqual({
    status: 'down',
    parts: Object.fromEntries(['temporal', 'worker', ...serviceNames].map((name) => [name, 'down'])),
  });
  const early = await shop.place<Problem>(anOrder(), 'early');
  expect([early.status, early.body.code, Number(early.headers.get('retry-after')) > 0]).toEqual([
    503,
    'temporal_unavailable',
    true,
  ]);
}, 60_000);

let first: string;
it('Temporal comes: orders are accepted, and wait for the services', async () => {
  await parts.start('temporal');
  await until(
    async () => {
      const { status, parts: states } = await ready();
      return status === 'degraded' && states.temporal === 'up' && states.worker === 'up';
    },
    readyWithinMs,
    ready,
  );
  const again = await shop.place(anOrder(), 'early');
  expect([200, 201]).toContain(again.status);
  first = again.body.id;
  expect((await read(first)).status).toBe('placed');
}, 60_000);

it('PostgreSQL comes: every part is up, and the order goes on', async () => {
  await parts.start('postgres');
  console.info(`every part was up ${Math.round(await allUp())} ms after PostgreSQL`);
  await is(first, 'completed');
}, 60_000);

it('Temporal and PostgreSQL are restarted while orders run: the API refuses meanwhile, and every order ends', async () => {
  const orders = await Promise.all(Array.from({ length: 6 }, () => placed()));
  await parts.stop('temporal');
  await parts.stop('postgres');
  const refused = await shop.place<Problem>(anOrder(), 'meanwhile');
  expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([503, true]);
  expect((await ready()).status).toBe('down');
  await parts.start('postgres');
  await parts.start('temporal');
  console.info(`every part was up ${Math.round(await allUp())} ms after Temporal was back`);
  for (const id of orders) await is(id, 'completed');
}, 120_000);

it('a worker that is frozen is called down within 15 s, and up again', async () => {
  const pid = await parts.pid('worker');
  const states = async () => (await ready()).parts.worker;
  process.kill(pid, 'SIGSTOP');
  try {
    await until(async () => (await states()) === 'down', readyWithinMs, ready);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await until(async () => (await states()) === 'up', readyWithinMs, ready);
}, 60_000);

describe('SIGTERM', () => {
  /** A request whose body has not been sent yet. The part has begun to read it. */
  async function begun(url: string, headers: Record<string, string>): Promise<ClientRequest> {
    const sent = request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', expect: '100-continue', ...headers },
    });
    sent.flushHeaders();
    await once(sent, 'continue');
    return sent;
  }

  async function answerTo(sent: ClientRequest, body: object): Promise<{ status: number | undefined; body: unknown }> {
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    sent.end(JSON.stringify(body));
    const [answer] = await answered;
    let text = '';
    for await (const chunk of answer) text += String(chunk);
    return { status: answer.statusCode, body: JSON.parse(text) };
  }

  const stopped = { code: 0, signal: null };
  /** temporal.api.enums.v1.PendingActivityState. */
  const pending = { scheduled: 1, started: 2 };

  it('the API answers a request in flight, and accepts no other', async () => {
    const authorization = `Bearer ${keys.shop}`;
    const sent = await begun(`${parts.url('api')}/v1/orders`, { authorization, 'idempotency-key': 'in-flight' });
    const ended = parts.stop('api');
    await parts.said('api', '"stopping"');
    await expect(fetch(`${parts.url('api')}/health/live`)).rejects.toThrow();
    const { status, body } = await answerTo(sent, anOrder());
    expect([status, body]).toMatchObject([201, { status: 'placed' }]);
    expect(await ended).toEqual(stopped);
    await parts.start('api');
    await allUp();
    await is((body as OrderView).id, 'completed');
  }, 60_000);

  it('a service answers a call in flight', async () => {
    const sent = await begun(`${parts.url('payment')}/v1/authorizations`, {
      authorization: `Bearer ${parts.serviceToken}`,
      'idempotency-key': 'in-flight',
    });
    const ended = parts.stop('payment');
    await parts.said('payment', '"stopping"');
    const call = { orderId: 'ord_in_flight', amount: 1000, currency: 'EUR', token: 'tok_ok' };
    expect(await answerTo(sent, call)).toMatchObject({ status: 200 });
    expect(await ended).toEqual(stopped);
    await parts.start('payment');
    await allUp();
  }, 60_000);

  it('a worker finishes the call under way, and hands back the one that takes too long', async () => {
    const temporal = await connectClient(parts.temporal);
    const calls = async (id: string) => {
      const { raw } = await temporal.workflow.getHandle(orderWorkflowId(id)).describe();
      return (raw.pendingActivities ?? []).map(({ state, attempt }) => [state, attempt]);
    };
    const inProgress = async (id: string) => (await calls(id)).find(([state]) => state === pending.started);
    try {
      // The card takes three seconds, more than a short call may: it is made again from the queue.
      const slow = await placed({ payment: { method: 'card', token: 'tok_slow' } });
      await until(() => inProgress(slow));
      expect(await parts.stop('worker')).toEqual(stopped);
      // The answer was reported, although the worker takes nothing new any more.
      expect(await calls(slow)).toEqual([]);
      await parts.start('worker');
      await is(slow, 'completed');

      const payment = await parts.pid('payment');
      process.kill(payment, 'SIGSTOP');
      const hanging = await placed();
      const [, attempt] = await until(() => inProgress(hanging));
      expect(await parts.stop('worker')).toEqual(stopped);
      // Temporal does not wait for a worker that is gone: the next one may make the call at once.
      expect(await calls(hanging)).toEqual([[pending.scheduled, attempt! + 1]]);
      process.kill(payment, 'SIGCONT');
      await parts.start('worker');
      await is(hanging, 'completed');
    } finally {
      await temporal.connection.close();
    }
  }, 90_000);

  it('everything stops also in the wrong order: what the others need is gone first', async () => {
    const order: Single[] = ['postgres', 'temporal', 'worker', ...serviceNames, 'api'];
    for (const part of order) expect([part, await parts.stop(part)]).toEqual([part, stopped]);
  }, 90_000);
});
