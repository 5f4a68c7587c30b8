import { afterAll, beforeAll, expect, it } from 'vitest';
import { EventStream } from './support/event-stream.js';
import { anOrder } from './support/orders.js';
import { keys, startSystem, type ApiSystem } from './support/system.js';

let system: ApiSystem;
let id: string;
beforeAll(async () => {
  system = await startSystem();
  id = (await system.as('shop').place(anOrder())).body.id;
});
afterAll(() => system?.close());

const get = async (path: string, authorization = `Bearer ${keys.shop}`) => {
  const response = await fetch(`${system.api.url}${path}`, { headers: { authorization } });
  await response.body?.cancel();
  return response.headers;
};

it('no answer can be sniffed, framed, or run foreign scripts', async () => {
  for (const path of [
    '/v1/orders',
    `/v1/orders/${id}`,
    '/v1/events',
    '/v1/nothing',
    '/v1/orders/%ff',
    '/health/ready',
    '/metrics',
    '/openapi.json',
    '/docs',
    '/docs/start.js',
    '/docs/swagger-ui-bundle.js',
  ]) {
    const headers = await get(path);
    expect(headers.get('x-content-type-options'), path).toBe('nosniff');
    expect(headers.get('referrer-policy'), path).toBe('no-referrer');
    expect(headers.get('x-frame-options'), path).toBe('DENY');
    const policy = headers.get('content-security-policy')?.split('; ');
    expect(policy, path).toContain("frame-ancestors 'none'");
    const scripts = policy?.filter((rule) => /^(default|script)-src/.test(rule));
    expect(scripts, path).toEqual([path.startsWith('/docs') ? "default-src 'self'" : "default-src 'none'"]);
  }
});

it('personal data is never cached', async () => {
  for (const path of ['/v1/orders', `/v1/orders/${id}`, `/v1/orders/${id}/history`, '/v1/processes', '/v1/nothing']) {
    expect((await get(path)).get('cache-control'), path).toBe('no-store');
  }
  expect((await get('/v1/orders', 'Bearer wrong-key')).get('cache-control')).toBe('no-store');
  const placed = await system.as('shop').place(anOrder());
  expect(placed.headers.get('cache-control')).toBe('no-store');
  const stream = await EventStream.open(`${system.api.url}/v1/orders/${id}/events`, keys.shop);
  expect(stream.response.headers.get('cache-control')).toBe('no-store, no-transform');
  stream.close();
  // The page's own files are public.
  expect((await get('/docs/swagger-ui.css')).get('cache-control')).toBe('public, max-age=3600');
});

it('the documentation page keeps no key', async () => {
  const start = await (await fetch(`${system.api.url}/docs/start.js`)).text();
  expect(start).toContain('persistAuthorization: false');
});
