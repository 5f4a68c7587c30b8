import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { exampleView } from '../../src/api/docs/examples.js';
import type { Limits } from '../../src/api/limits.js';
import { until } from '../support/until.js';
import { Caller, type Problem } from './support/caller.js';
import { EventStream } from './support/event-stream.js';
import { keys, startApi, startSystem, type ApiOnly, type ApiSystem } from './support/system.js';

let system: ApiSystem;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system?.close());

async function withLimits(limits: Partial<Limits>, run: (api: ApiOnly) => Promise<void>): Promise<void> {
  const api = await startApi(system.temporal.address, system.book.url, {}, undefined, {}, limits);
  try {
    await run(api);
  } finally {
    await api.close();
  }
}

let length = 0;
const publish = (id: string, changes: Partial<OrderView> = {}) =>
  system.bookClient.publish({
    params: { orderId: id },
    body: {
      position: { runId: `run-${id}`, length: (length += 1), at: Date.now(), seq: length },
      fingerprint: 'f',
      view: { ...exampleView, id, ...changes },
    },
  });

/** Sends raw text, and collects the answer. */
class Raw {
  text = '';
  readonly closed: Promise<void>;

  private constructor(readonly socket: Socket) {
    socket.on('data', (bytes) => (this.text += bytes.toString()));
    // The server resets the connection for what it does not read.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.on('close', () => resolve()));
  }

  static async open(url: string, text: string): Promise<Raw> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const raw = new Raw(socket);
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write(text);
    return raw;
  }
}
const head = (path: string, more: string[] = [], host = '127.0.0.1') =>
  [`POST ${path} HTTP/1.1`, `Host: ${host}`, 'Content-Type: application/json', ...more].join('\r\n');

describe('event streams', () => {
  const open = (api: ApiOnly, key: string = keys.shop) => EventStream.open(`${api.url}/v1/events`, key);

  it('each key has its own limit, and a closed stream frees a place', () =>
    withLimits({ streamsPerKey: 2 }, async (api) => {
      const streams = [await open(api), await open(api)];
      const refused = await new Caller(api.url, keys.shop).get<Problem>('/v1/events');
      expect([refused.status, refused.body.code]).toEqual([429, 'rate_limited']);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      const other = await open(api, keys.shopOperator);
      expect(other.response.status).toBe(200);
      streams[0]!.close();
      const again = await until(async () => {
        const stream = await open(api);
        return stream.response.status === 200 ? stream : undefined;
      });
      for (const stream of [streams[1]!, other, again]) stream.close();
    }));

  it('an unknown order uses no place', () =>
    withLimits({ streamsPerKey: 1 }, async (api) => {
      const shop = new Caller(api.url, keys.shop);
      for (let n = 0; n < 3; n += 1) {
        expect((await shop.get(`/v1/orders/ord_${'0'.repeat(26)}/events`)).status).toBe(404);
      }
    }));

  it('a stream whose client does not read is closed; an idle one is not', () =>
    withLimits({ streamsPerKey: 1, stalledStreamMs: 300 }, async (api) => {
      const reading = await open(api, keys.shopOperator);
      const last = reading.until(({ id }) => id === 'ord_last');
      const request = `GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${keys.shop}\r\n\r\n`;
      const stalled = await Raw.open(api.url, request);
      await until(() => stalled.text.includes('200 OK') || undefined);
      stalled.socket.pause();
      // More than the connection's buffers can hold.
      const metadata = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`m${n}`, 'x'.repeat(90_000)]));
      for (let n = 0; n < 30; n += 1) await publish(`ord_large${n}`, { shopId: 'demo', metadata });
      const again = await until(async () => {
        const stream = await open(api);
        return stream.response.status === 200 ? stream : undefined;
      });
      // The other stream was read, and is still open.
      await publish('ord_last', { shopId: 'demo' });
      await last;
      reading.close();
      again.close();
      stalled.socket.destroy();
    }));
});

describe('a request', () => {
  /** The bytes that the API has read from its connections. */
  function bytesRead(api: ApiOnly): () => number {
    const sockets = new Set<Socket>();
    api.app.getHttpServer().on('connection', (socket: Socket) => sockets.add(socket));
    return () => [...sockets].reduce((sum, { bytesRead: bytes }) => sum + bytes, 0);
  }
  const tenMegabytes = Buffer.alloc(10_000_000, 'x');

  it.each([
    ['a wrong key', ['Authorization: Bearer wrong'], '/v1/orders', '127.0.0.1', 'unauthorized'],
    ['no key', [], '/v1/orders', '127.0.0.1', 'unauthorized'],
    [
      'a wrong key, in chunks',
      ['Authorization: Bearer wrong', 'Transfer-Encoding: chunked'],
      '/v1/orders',
      '127.0.0.1',
      'unauthorized',
    ],
    ['another host', [], '/v1/orders', 'elsewhere.test', 'unknown_host'],
    ['a right key', [`Authorization: Bearer ${keys.shop}`], '/v1/orders', '127.0.0.1', 'body_too_large'],
    ['no signature, to a webhook', [], '/v1/webhooks/carrier', '127.0.0.1', 'body_too_large'],
  ])('of 10 MB with %s is answered without being read', (_, headers, path, host, code) =>
    withLimits({}, async (api) => {
      const read = bytesRead(api);
      const isChunked = headers.length > 1;
      const lines = isChunked ? headers : [...headers, `Content-Length: ${tenMegabytes.length}`];
      const raw = await Raw.open(api.url, `${head(path, lines, host)}\r\n\r\n${isChunked ? '989680\r\n' : ''}`);
      raw.socket.write(tenMegabytes);
      await raw.closed;
      expect(raw.text).toContain(`"code":"${code}"`);
      expect(raw.text.toLowerCase()).toContain('connection: close');
      expect(read()).toBeLessThan(300_000);
    }),
  );

  it('with a wrong key gets its answer also through ordinary clients', () =>
    withLimits({}, async (api) => {
      const answer = await new Caller(api.url, 'wrong').request<Problem>('POST', '/v1/orders', tenMegabytes);
      expect([answer.status, answer.body.code]).toEqual([401, 'unauthorized']);
    }));

  it.each([
    ['whose headers trickle in', 'POST /v1/orders HTTP/1.1\r\nHost: 127.0.0.1\r\n', '408'],
    [
      'whose body trickles in',
      `${head('/v1/orders', [`Authorization: Bearer ${keys.shop}`, 'Content-Length: 100'])}\r\n\r\n{`,
      '408',
    ],
    ['whose body trickles in without a key', `${head('/v1/orders', ['Content-Length: 100'])}\r\n\r\n{`, '401'],
    [
      'to a webhook, whose body trickles in',
      `${head('/v1/webhooks/carrier', ['Content-Length: 100'])}\r\n\r\n{`,
      '408',
    ],
    ['that never begins', '', ''],
  ])('%s is ended in time', (_, text, status) =>
    withLimits({ requestMs: 300, checkRequestsMs: 50, lingerMs: 50 }, async (api) => {
      const began = performance.now();
      const raw = await Raw.open(api.url, text);
      await raw.closed;
      expect(performance.now() - began).toBeLessThan(10_000);
      expect(raw.text).toContain(status === '' ? '' : `HTTP/1.1 ${status} `);
    }),
  );
});
