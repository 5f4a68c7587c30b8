import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensurePageBuilt } from '../../tools/local/build.mjs';
import { routeOf } from '../../web/src/routing/routes.js';
import { keys, nowhere, startApi, type ApiOnly } from './support/system.js';

// The page needs neither Temporal nor the order book.
let api: ApiOnly;
beforeAll(async () => {
  await ensurePageBuilt();
  api = await startApi(nowhere, `http://${nowhere}`);
}, 120_000);
afterAll(() => api?.close());

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${api.url}${path}`, { headers });
const browser = { accept: 'text/html,application/xhtml+xml' };

it('every path of the page answers the page, under a policy without exceptions', async () => {
  for (const path of [
    '/',
    '/orders',
    '/orders/ord_1',
    '/trouble',
    '/bulk/b',
    '/processes',
    '/processes/order',
    '/overview',
    '/place',
  ]) {
    const answer = await get(path);
    expect(answer.status, path).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = answer.headers.get('content-security-policy')!.split('; ');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("style-src 'self'");
    expect(policy.join()).not.toContain('unsafe');
    const html = await answer.text();
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style|https?:\/\//);
    expect(routeOf(path).name, path).not.toBe('nothing');
  }
});

it('the files of the page are named by their content, and kept for a year', async () => {
  const html = await (await get('/')).text();
  const files = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!);
  expect(files.length).toBeGreaterThan(1);
  for (const path of files) {
    const answer = await get(path);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    const again = await get(path, { 'if-none-match': answer.headers.get('etag')! });
    expect(again.status).toBe(304);
    // React's code for development would be slow, and talk on the console.
    expect(await answer.text()).not.toContain('React DevTools');
  }
});

it('a link that leads nowhere shows the page to a person, and a problem to a program', async () => {
  // The router cannot read the second, and the third is longer than it takes.
  for (const path of ['/ordrs/1', '/orders/%E0%A4%A', `/orders/${'x'.repeat(300)}`]) {
    const person = await get(path, browser);
    expect([person.status, person.headers.get('content-type')], path).toEqual([404, 'text/html; charset=utf-8']);
    expect(person.headers.get('content-security-policy'), path).toContain("script-src 'self'");
    expect(person.headers.get('x-content-type-options'), path).toBe('nosniff');
  }
  for (const [path, headers] of [
    ['/ordrs/1', {}],
    ['/orders/%E0%A4%A', {}],
    ['/v1/orders/%E0%A4%A', browser],
    ['/v1/nothing', browser],
    ['/assets/nothing.js', browser],
    ['/docs/nothing', browser],
  ] as const) {
    const answer = await get(path, headers);
    expect([answer.status, answer.headers.get('content-type')], path).toEqual([
      404,
      'application/problem+json; charset=utf-8',
    ]);
  }
});

it('no path leaves the folder of the page', async () => {
  for (const path of ['/assets/../../package.json', '/assets/..%2f..%2fpackage.json', '/assets/%2e%2e%2findex.html']) {
    const status = await new Promise((resolve, reject) => {
      request(`${api.url}`, { path }, (answer) => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status, path).toBe(404);
  }
});

it('a key says what it may do', async () => {
  const me = async (key: string) => {
    const answer = await get('/v1/me', { authorization: `Bearer ${key}` });
    return [answer.status, (await answer.json()) as object];
  };
  expect(await me(keys.operator)).toEqual([200, { name: 'back-office', shopId: '*', role: 'operator' }]);
  expect(await me(keys.shop)).toEqual([200, { name: 'demo:shop', shopId: 'demo', role: 'shop' }]);
  expect((await me('no-key'))[0]).toBe(401);
});

it('only a server with the development keys shows keys', async () => {
  expect(await (await get('/v1/development-keys')).json()).toEqual({ items: [] });
});
