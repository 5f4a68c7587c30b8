import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type RunningService } from '../../../services/support/run.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { counterService } from './toy-service.js';
import { authorized, serviceToken } from '../../support/service-token.js';

let database: TestDatabase;
let service: RunningService;

beforeAll(async () => {
  database = await createDatabase();
  service = await startService(counterService, {
    databaseUrl: database.url,
    serviceToken,
    port: 0,
    host: '127.0.0.1',
    logLevel: 'silent',
  });
});

afterAll(async () => {
  await service.close();
  await database.drop();
});

function add(name: string, body: unknown, headers: Record<string, string> = {}) {
  return fetch(`${service.url}/v1/counters/${name}/add`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorized, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

async function value(name: string) {
  return (await (await fetch(`${service.url}/v1/counters/${name}`, { headers: authorized })).json()) as {
    value: number;
    attempts: number;
  };
}

const key = (name: string) => ({ 'idempotency-key': name });

describe('an idempotent operation', () => {
  it('takes effect once per key and repeats its exact answer', async () => {
    const first = await add('once', { by: 2 }, key('once'));
    const again = await add('once', { by: 2 }, key('once'));
    expect(first.status).toBe(200);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await again.text()).toBe(await first.text());
    expect(await value('once')).toEqual({ value: 2, attempts: 1 });
  });

  it('treats the same values in another order as the same call', async () => {
    await add('order', { by: 2, extra: { a: 1, b: [{ c: 1, d: 2 }] } }, key('order'));
    const again = await add('order', '{"extra":{"b":[{"d":2,"c":1}],"a":1},"by":2}', key('order'));
    expect(again.status).toBe(200);
    expect(await value('order')).toMatchObject({ value: 2 });
  });

  it.each([
    ['another body', 'reused', { by: 3 }],
    ['another path', 'reused-elsewhere', { by: 1 }],
  ])('rejects a key that was used with %s', async (_, name, body) => {
    await add('reused', { by: 1 }, key('reused'));
    const response = await add(name, body, key('reused'));
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'idempotency_key_reused', status: 422 });
    expect(await value('reused')).toMatchObject({ value: 1 });
  });

  it('stores a rejection like an answer, and rolls back what was written', async () => {
    await add('refused', { by: 8 }, key('refused-1'));
    const first = await add('refused', { by: 5, note: 'thirteen would break, so 8 + 4' }, key('refused-0'));
    expect(first.status).toBe(500);
    const refused = await add('refused', { by: 4 }, key('refused-2'));
    expect(refused.status).toBe(409);
    expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const again = await add('refused', { by: 4 }, key('refused-2'));
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await again.text()).toBe(await refused.text());
    expect(await value('refused')).toMatchObject({ value: 8 });
  });

  it('does not store a fault: the key can be tried again, and what prepare wrote stays', async () => {
    await add('fault', { by: 9 }, key('fault-1'));
    expect((await add('fault', { by: 4 }, key('fault-2'))).status).toBe(500);
    expect(await (await add('fault', { by: 4 }, key('fault-2'))).json()).toMatchObject({ code: 'internal_error' });
    expect(await value('fault')).toEqual({ value: 9, attempts: 3 });
  });

  it('runs once for fifty equal calls at the same moment', async () => {
    const responses = await Promise.all(Array.from({ length: 50 }, () => add('crowd', { by: 1 }, key('crowd'))));
    expect(new Set(responses.map((r) => r.status))).toEqual(new Set([200]));
    expect(new Set(await Promise.all(responses.map((r) => r.text())))).toEqual(new Set(['{"value":1}']));
    expect(responses.filter((r) => r.headers.get('idempotent-replayed') === null)).toHaveLength(1);
    expect(await value('crowd')).toMatchObject({ value: 1 });
  });
});
