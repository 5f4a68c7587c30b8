import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defined } from '../../contracts/defined.js';
import type { OrderView } from '../../contracts/order.js';
import type { Problem } from './support/caller.js';
import { anOrder } from './support/orders.js';
import { keys, startApi, startSystem, type ApiOnly, type ApiSystem } from './support/system.js';

let system: ApiSystem;
let published: ApiOnly;
beforeAll(async () => {
  system = await startSystem();
  published = await startApi(system.temporal.address, system.book.url, { PUBLIC_URL: 'https://orders.example/shop/' });
});
afterAll(async () => {
  await published?.close();
  await system?.close();
});

interface Asked {
  method?: string;
  path?: string;
  host: string | undefined;
  body?: unknown;
  headers?: Record<string, string>;
}

/** Sends any Host header. */
async function ask(url: string, { method = 'GET', path = '/v1/orders', host, body, headers = {} }: Asked) {
  const { hostname, port } = new URL(url);
  return new Promise<{ status: number; body: unknown; location: string | undefined }>((resolve, reject) => {
    const sent = request(
      {
        hostname,
        port,
        path,
        method,
        setHost: false,
        headers: {
          authorization: `Bearer ${keys.shop}`,
          ...defined({ host }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
      },
      (answer) => {
        let text = '';
        answer.on('data', (piece: Buffer) => (text += piece.toString()));
        answer.on('end', () => {
          const json = (answer.headers['content-type'] ?? '').includes('json');
          const { location } = answer.headers;
          resolve({ status: answer.statusCode ?? 0, body: json ? JSON.parse(text) : text, location });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const port = () => new URL(system.api.url).port;

describe('on loopback, without PUBLIC_URL', () => {
  it.each(['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]', '127.0.0.2'])('%s is this API', async (name) => {
    for (const host of [name, `${name}:${port()}`, `${name}:8080`]) {
      expect((await ask(system.api.url, { host })).status, host).toBe(200);
    }
  });

  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example:3000',
    '192.168.1.7',
    '127.0.0.1@evil.example',
    '127.0.0.1/',
    '[::2]',
    'x y',
    '',
  ])('%j is another', async (host) => {
    for (const path of ['/v1/orders', '/openapi.json', '/docs', '/v1/nothing']) {
      const { status, body } = await ask(system.api.url, { host, path });
      expect([status, (body as Problem).code], path).toEqual([400, 'unknown_host']);
    }
  });

  it('it is rejected before the key and the body are read', async () => {
    const key = { 'idempotency-key': 'from-elsewhere' };
    const evil = { host: 'evil.example', method: 'POST', body: anOrder() };
    expect((await ask(system.api.url, { ...evil, headers: key })).status).toBe(400);
    expect((await ask(system.api.url, { ...evil, headers: { authorization: 'Bearer wrong' } })).status).toBe(400);
    expect((await system.temporal.client.workflow.count()).count).toBe(0);
  });

  it('links begin with its own address, whichever of its names the request used', async () => {
    const placing = { method: 'POST', body: anOrder(), headers: { 'idempotency-key': 'own-links' } };
    const placed = await ask(system.api.url, { ...placing, host: `localhost:${port()}` });
    const { id, links } = placed.body as OrderView;
    expect(links?.self).toBe(`http://127.0.0.1:${port()}/v1/orders/${id}`);
    expect(placed.location).toBe(links?.self);
  });

  it('health and metrics answer at a plain address, for probes', async () => {
    for (const path of ['/health/live', '/health/ready', '/metrics']) {
      for (const [host, refused] of [
        ['10.1.2.3:3000', false],
        ['[fd00::7]', false],
        ['evil.example', true],
      ] as const) {
        expect((await ask(system.api.url, { host, path })).status === 400, `${path} of ${host}`).toBe(refused);
      }
    }
  });
});

describe('with PUBLIC_URL', () => {
  it.each(['orders.example', 'ORDERS.example', 'orders.example:443', '127.0.0.1', 'localhost:8080'])(
    '%s is this API, and links begin with PUBLIC_URL',
    async (host) => {
      const placing = { method: 'POST', body: anOrder(), headers: { 'idempotency-key': 'public-links' } };
      const { status, body } = await ask(published.url, { ...placing, host });
      expect([200, 201]).toContain(status);
      const { id, links } = body as OrderView;
      expect(links?.events).toBe(`https://orders.example/shop/v1/orders/${id}/events`);
    },
  );

  it.each(['orders.example:8443', 'orders.example.evil.example', 'evil.example'])('%s is another', async (host) => {
    const { status, body } = await ask(published.url, { host });
    expect([status, (body as Problem).code]).toEqual([400, 'unknown_host']);
  });
});
