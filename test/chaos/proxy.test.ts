import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { request } from 'undici';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { CallFault } from '../../tools/chaos/call-faults.js';
import { callKinds, type CallKind } from '../../tools/chaos/kinds.js';
import { FaultProxy } from '../../tools/chaos/proxy.js';
import { until } from '../support/until.js';

/** A service that notes each call, and answers it. */
let service: Server;
let taken: string[] = [];
let proxy: FaultProxy;
let fault: CallFault | undefined;
let target: string | undefined;
/** A proxy that waits before a late call or answer goes on when this is called. */
let goOn: () => void = () => undefined;
let asked: number[] = [];
/** How many calls have met the fault. */
let met = 0;

beforeAll(async () => {
  service = createServer((incoming, outgoing) => {
    void text(incoming).then((body) => {
      taken.push(`${incoming.method} ${incoming.url} ${String(incoming.headers['idempotency-key'])} ${body}`);
      outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ count: taken.length }));
    });
  });
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  target = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  proxy = await FaultProxy.open({
    service: 'payment',
    target: () => target,
    faultOf: () => {
      if (fault) met += 1;
      return fault;
    },
    pause: (ms) => {
      asked.push(ms);
      return new Promise<void>((resolve) => (goOn = resolve));
    },
  });
});
afterAll(async () => {
  await proxy?.close();
  service?.closeAllConnections();
  service?.close();
});
beforeEach(() => {
  taken = [];
  asked = [];
  met = 0;
  fault = undefined;
});

const call = async (signal?: AbortSignal) => {
  const answer = await request(`${proxy.url}/v1/captures`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'k-1' },
    body: '{"amount":5}',
    ...(signal ? { signal } : {}),
  });
  return { status: answer.statusCode, headers: answer.headers, body: await answer.body.text() };
};
const meets = (kind: CallKind, more: Partial<CallFault> = {}) => {
  fault = { kind, afterMs: 50, retryAfterS: 2, asJson: false, ...more };
};
const whole = 'POST /v1/captures k-1 {"amount":5}';

it('passes a call on', async () => {
  expect(await call()).toMatchObject({ status: 200, body: '{"count":1}' });
  expect(taken).toEqual([whole]);
});

it('closes the connection while the service is away', async () => {
  const there = target;
  target = undefined;
  await expect(call()).rejects.toThrow();
  target = there;
  expect(taken).toEqual([]);
});

const cases: Record<CallKind, () => Promise<void>> = {
  'lost-answer': async () => {
    await expect(call()).rejects.toThrow();
    expect(taken).toEqual([whole]);
  },
  'lost-request': async () => {
    const caller = new AbortController();
    const answer = call(caller.signal);
    let isOver = false;
    const over = answer.catch(() => undefined).then(() => (isOver = true));
    await until(() => (met > 0 ? true : undefined));
    fault = undefined;
    expect(await call()).toMatchObject({ status: 200 });
    expect(isOver).toBe(false);
    caller.abort();
    await over;
    await expect(answer).rejects.toThrow();
    expect(taken).toEqual([whole]);
  },
  slow: async () => {
    let answered = false;
    const answer = call().then((it) => ((answered = true), it));
    await until(() => (asked.length === 1 ? true : undefined));
    expect(taken).toEqual([whole]);
    expect(answered).toBe(false);
    goOn();
    expect(await answer).toMatchObject({ status: 200, body: '{"count":1}' });
  },
  'error-500': async () => {
    expect(await call()).toMatchObject({ status: 500 });
    expect(taken).toEqual([]);
  },
  'busy-429': async () => {
    expect(await call()).toMatchObject({ status: 429, headers: { 'retry-after': '2' } });
    expect(taken).toEqual([]);
  },
  truncated: async () => {
    await expect(call()).rejects.toThrow();
    expect(taken).toEqual([whole]);
  },
  garbage: async () => {
    const { status, body } = await call();
    expect(status).toBe(200);
    expect(() => JSON.parse(body) as unknown).toThrow();
    meets('garbage', { asJson: true });
    expect(JSON.parse((await call()).body)).not.toHaveProperty('count');
    expect(taken).toEqual([whole, whole]);
  },
  reset: async () => {
    await expect(call()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(taken).toEqual([]);
  },
  twice: async () => {
    expect(await call()).toMatchObject({ status: 200 });
    expect(taken).toEqual([whole, whole]);
  },
  late: async () => {
    await expect(call()).rejects.toThrow();
    await until(() => (asked.length === 1 ? true : undefined));
    expect(taken).toEqual([]);
    goOn();
    await until(() => (taken.length === 1 ? true : undefined));
    expect(taken).toEqual([whole]);
  },
};

it.each(callKinds)('%s', async (kind) => {
  meets(kind);
  await cases[kind]();
});
