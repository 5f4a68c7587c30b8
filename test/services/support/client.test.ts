import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  Fault,
  Rejection,
  UnexpectedRejection,
  serviceClient,
  type ServiceClient,
} from '../../../services/support/client.js';
import { notificationContract } from '../../../services/notification/contract.js';
import { retryAfterMs } from '../../../services/support/read-answer.js';
import { counterContract } from './toy-service.js';
import { serviceToken } from '../../support/service-token.js';

let server: Server | undefined;
let client: ServiceClient<typeof counterContract>;

/** A service that misbehaves in the way the test needs. */
async function against(listener: RequestListener, timeoutMs = 2_000): Promise<typeof client> {
  const fresh = createServer(listener);
  server = fresh;
  await new Promise<void>((resolve) => fresh.listen(0, '127.0.0.1', resolve));
  const { port } = fresh.address() as AddressInfo;
  client = serviceClient(counterContract, {
    service: 'counter',
    baseUrl: `http://127.0.0.1:${port}/base/`,
    token: serviceToken,
    timeoutMs,
  });
  return client;
}

const answers = (status: number, body: string, headers: Record<string, string> = {}) =>
  against((_, response) => response.writeHead(status, headers).end(body));

afterEach(async () => {
  const open = server;
  server = undefined;
  if (!open) return;
  open.closeAllConnections();
  await Promise.all([client.close(), new Promise((resolve) => open.close(resolve))]);
});

const add = { params: { name: 'a' }, body: { by: 1 }, key: 'k-1' };

async function faultOf(call: Promise<unknown>): Promise<Fault> {
  const error: unknown = await call.then(
    (answer) => new Error(`answered ${JSON.stringify(answer)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Fault)) throw error;
  return error;
}

it('sends path, query, body and key, and returns the answer', async () => {
  const seen: unknown[] = [];
  await against((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push([
        request.method,
        request.url,
        request.headers['idempotency-key'],
        request.headers['content-type'],
        Buffer.concat(chunks).toString(),
      ]);
      response.end(request.url?.includes('wait') ? '{"aborted":true}' : '{"value":7}');
    });
  });
  expect(await client.add({ ...add, params: { name: 'a/b?ü' } })).toEqual({ value: 7 });
  expect(await client.wait({ query: { limit: 3 } })).toEqual({ aborted: true });
  expect(seen).toEqual([
    ['POST', '/base/v1/counters/a%2Fb%3F%C3%BC/add', 'k-1', 'application/json', '{"by":1}'],
    ['GET', '/base/v1/wait?limit=3', undefined, undefined, ''],
  ]);
});

it('reuses its connections', async () => {
  await answers(200, '{"value":1}');
  let connections = 0;
  server?.on('connection', () => connections++);
  for (let i = 0; i < 20; i++) await client.add(add);
  expect(connections).toBeLessThanOrEqual(2);
});

describe('a rejection', () => {
  it('is one that the contract lists', async () => {
    await answers(409, JSON.stringify({ code: 'too_much', detail: '12 is more than 10' }));
    const error: unknown = await client.add(add).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Rejection);
    expect(error).toMatchObject({
      service: 'counter',
      operation: 'add',
      code: 'too_much',
      message: '12 is more than 10',
    });
  });

  it('is not a 500 with the code of a rejection', async () => {
    await answers(500, JSON.stringify({ code: 'too_much', detail: 'x' }));
    expect(await faultOf(client.add(add))).toMatchObject({ status: 500, operation: 'add' });
  });
});

describe('a rejection that the contract does not list', () => {
  it.each([
    [409, 'another code', { code: 'something_else', detail: 'x' }, 'something_else x'],
    [
      422,
      'not valid',
      { code: 'validation_failed', detail: '/token: must be a token' },
      'validation_failed /token: must be a token',
    ],
    [422, 'key used for another call', { code: 'idempotency_key_reused', detail: 'x' }, 'idempotency_key_reused x'],
    [404, 'no such route', { code: 'no_such_route', detail: 'x' }, 'no_such_route x'],
    [401, 'wrong token', { code: 'unauthorized', detail: 'x' }, 'unauthorized x'],
    [403, 'a proxy', '<html>Forbidden</html>', '<html>Forbidden</html>'],
    [400, 'nothing said', '', ''],
  ])('is %i (%s): neither a listed rejection nor a fault', async (status, _, body, said) => {
    await answers(status, typeof body === 'string' ? body : JSON.stringify(body), { 'retry-after': '3' });
    const error: unknown = await client.add(add).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnexpectedRejection);
    expect(error).toMatchObject({ status, service: 'counter', operation: 'add' });
    expect((error as Error).message).toBe(`counter add: status ${status}: ${said}`);
  });

  it.each([408, 425, 429])('is not %i, which is temporary', async (status) => {
    await answers(status, '{"code":"later","detail":"x"}');
    expect(await faultOf(client.add(add))).toMatchObject({ status });
  });
});

describe('a fault', () => {
  it('is a call without an answer in time', async () => {
    await against(() => undefined, 150);
    const fault = await faultOf(client.add(add));
    expect(fault.message).toBe('counter add: no answer within 150 ms');
    expect(fault.status).toBeUndefined();
  });

  it('is an answer that never ends', async () => {
    await against((_, response) => void response.writeHead(200).write('{"value":'), 150);
    expect((await faultOf(client.add(add))).message).toBe('counter add: no answer within 150 ms');
  });

  it('is an answer cut short', async () => {
    await against((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"value":');
      setTimeout(() => response.destroy(), 20);
    });
    expect((await faultOf(client.add(add))).message).toMatch(/^counter add: /);
  });

  it('is a service that is not running', async () => {
    await answers(200, '');
    const closed = server as Server;
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const fault = await faultOf(client.add(add));
    expect(fault.message).toContain('ECONNREFUSED');
    expect(fault.message).toContain(String(port));
  });

  it.each([
    ['not JSON', '<html>\n<h1>Hello</h1> ', 'an answer that is not JSON: <html> <h1>Hello</h1>'],
    ['nothing', '', 'an answer that is not JSON'],
    ['of the wrong type', '{"value":"7"}', 'an answer against its contract: /value'],
    ['incomplete', '{}', 'an answer against its contract: /value'],
    ['null', 'null', 'an answer against its contract: /'],
  ])('is an answer that is %s', async (_, body, message) => {
    await answers(200, body);
    const fault = await faultOf(client.add(add));
    expect(fault.message).toContain(`counter add: ${message}`);
    expect(fault.status).toBe(200);
  });

  it('is not a field that a newer service has added', async () => {
    await answers(200, '{"value":7,"unit":"piece"}');
    expect(await client.add(add)).toEqual({ value: 7 });
  });

  it('is an answer of unknown fields alone, where the contract needs no field', async () => {
    await answers(200, '{"result":["of another service",null]}');
    const { port } = server!.address() as AddressInfo;
    const baseUrl = `http://127.0.0.1:${port}`;
    const mail = serviceClient(notificationContract, { service: 'notification', baseUrl, token: serviceToken });
    const notice = mail.notify({ body: { orderId: 'ord_1', event: 'confirmed' }, key: 'k-1' });
    expect((await faultOf(notice)).message).toContain('an answer against its contract: / Unrecognized key: "result"');
    await mail.close();
  });

  it.each([
    [500, {}, undefined],
    [429, { 'retry-after': '3' }, 3_000],
    [503, { 'retry-after': '0' }, 0],
    [503, { 'retry-after': 'soon' }, undefined],
    [503, { 'retry-after': '999999999' }, 3_600_000],
  ])('carries status %i and Retry-After %o', async (status, headers, retryMs) => {
    await answers(status, '{"code":"busy","detail":"later"}', headers);
    expect(await faultOf(client.add(add))).toMatchObject({
      status,
      retryAfterMs: retryMs,
      message: `counter add: status ${status}: busy later`,
    });
  });

  it('quotes only a short part, without personal data', async () => {
    await answers(
      500,
      `Mail to jane.doe@example.com about 4111 1111 1111 1111 or +49 170 1234567: ${'x'.repeat(5_000)}`,
    );
    const { message } = await faultOf(client.add(add));
    expect(message).toMatch(/^counter add: status 500: Mail to \[mail\] about \[number\] or \[number\]: x+…$/);
    expect(message.length).toBeLessThan(240);
  });
});

it('a caller that gives up gets its own reason', async () => {
  await against(() => undefined);
  const cancel = new AbortController();
  const call = client.add({ ...add, signal: cancel.signal });
  cancel.abort(new Error('the step was cancelled'));
  await expect(call).rejects.toThrow('the step was cancelled');
});

it('a caller that gave up before the call gets its own reason', async () => {
  await against((_, response) => response.end('{"value":1}'));
  const signal = AbortSignal.abort(new Error('the step was cancelled before'));
  await expect(client.add({ ...add, signal })).rejects.toThrow('the step was cancelled before');
});

it('one call may take less time than the others', async () => {
  await against(() => undefined, 60_000);
  expect((await faultOf(client.add({ ...add, timeoutMs: 50 }))).message).toBe('counter add: no answer within 50 ms');
});

it('Retry-After may be a date', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  expect(retryAfterMs('Thu, 01 Jan 2026 00:00:07 GMT', now)).toBe(7_000);
  expect(retryAfterMs('Wed, 31 Dec 2025 00:00:00 GMT', now)).toBe(0);
  expect(retryAfterMs(undefined, now)).toBeUndefined();
});
