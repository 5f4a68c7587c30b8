import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderIdFor } from '../../src/temporal/ids.js';
import { orderWorkflowId } from '../../workflows/order/messages.js';
import type { Problem } from './support/caller.js';
import { anOrder } from './support/orders.js';
import { keys, startSystem, type ApiSystem } from './support/system.js';

let system: ApiSystem;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(async () => {
  // No request of this file may create an order.
  if (system) expect((await system.temporal.client.workflow.count()).count).toBe(0);
  await system?.close();
});

const order = anOrder();
const [line] = order.lines;
const metadata = Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`k${i}`, 'v']));
const adjustments = Array.from({ length: 51 }, () => ({ kind: 'tax', label: 'VAT', amount: 1 }));
const lines = (change: object) => ({ ...order, lines: [{ ...line, ...change }] });
const address = (change: object) => ({ ...order, shippingAddress: { ...order.shippingAddress, ...change } });

const pay = (token: unknown) => ({ ...order, payment: { method: 'card', token } });
/** The value with an own field `__proto__`, which only JSON text can have. */
const withProto = (value: object, content = '{"x":1}'): object =>
  JSON.parse(`{"__proto__":${content},${JSON.stringify(value).slice(1)}`) as object;

describe('an invalid body is rejected with the path of the error', () => {
  const table: [name: string, body: unknown, path: string][] = [
    ['an empty order', {}, '/customerId'],
    ['no lines', { ...order, lines: [] }, '/lines'],
    ['501 lines', { ...order, lines: Array.from({ length: 501 }, (_, i) => ({ ...line, sku: `s${i}` })) }, '/lines'],
    ['quantity 0', lines({ quantity: 0 }), '/lines/0/quantity'],
    ['quantity -1', lines({ quantity: -1 }), '/lines/0/quantity'],
    ['quantity 1.5', lines({ quantity: 1.5 }), '/lines/0/quantity'],
    ['quantity 1e9', lines({ quantity: 1e9 }), '/lines/0/quantity'],
    ['quantity as text', lines({ quantity: '1' }), '/lines/0/quantity'],
    ['a sku twice', { ...order, lines: [line, line] }, '/lines/1/sku'],
    ['an sku of other characters', lines({ sku: 'mug!' }), '/lines/0/sku'],
    ['a price that is not an integer', lines({ unitPrice: 12.5 }), '/lines/0/unitPrice'],
    ['a negative price', lines({ unitPrice: -1 }), '/lines/0/unitPrice'],
    ['a price beyond 10^12', lines({ unitPrice: 1e12 + 1 }), '/lines/0/unitPrice'],
    ['an unknown field', { ...order, colour: 'red' }, '/colour'],
    ['an unknown field inside', lines({ 'a/b~c': 1 }), '/lines/0/a~1b~0c'],
    ['a currency that does not exist', { ...order, currency: 'EUX' }, '/currency'],
    ['a currency in small letters', { ...order, currency: 'eur' }, '/currency'],
    ['a country that does not exist', address({ country: 'XX' }), '/shippingAddress/country'],
    ['no postal code', address({ postalCode: '' }), '/shippingAddress/postalCode'],
    ['a NUL character', address({ name: 'a\u0000b' }), '/shippingAddress/name'],
    ['a line break in a name', address({ name: 'Ada\r\nBcc: x' }), '/shippingAddress/name'],
    ['a name of blanks', address({ name: ' \u00a0\u3000 ' }), '/shippingAddress/name'],
    ['a name that turns the direction', address({ name: 'Ada\u202eadA' }), '/shippingAddress/name'],
    ['a zero-width space', address({ line1: 'Main\u200bStreet' }), '/shippingAddress/line1'],
    ['a label of blanks', { ...order, adjustments: [{ kind: 'tax', label: ' ', amount: 1 }] }, '/adjustments/0/label'],
    ['a name of a line with a tab', lines({ name: 'Mug\tred' }), '/lines/0/name'],
    ['metadata with a line break', { ...order, metadata: { a: 'b\nc' } }, '/metadata/a'],
    ['metadata with a blank name', { ...order, metadata: { ' ': 'b' } }, '/metadata/ '],
    ['half a surrogate pair', address({ city: '\ud800' }), '/shippingAddress/city'],
    ['a total of 0', { ...lines({ unitPrice: 0 }), shippingFee: 0 }, '/lines'],
    ['a total below 0', { ...order, adjustments: [{ kind: 'discount', label: 'all', amount: -2991 }] }, '/adjustments'],
    ['a total beyond 10^12', lines({ quantity: 2, unitPrice: 1e12 }), '/lines'],
    ['a negative fee', { ...order, shippingFee: -1 }, '/shippingFee'],
    ['51 adjustments', { ...order, adjustments }, '/adjustments'],
    ['21 entries of metadata', { ...order, metadata }, '/metadata'],
    ['metadata that is not text', { ...order, metadata: { a: 1 } }, '/metadata/a'],
    ['no payment', { ...order, payment: undefined }, '/payment'],
    ['an unknown method', { ...order, payment: { method: 'cash' } }, '/payment/method'],
    ['a token where none belongs', { ...order, payment: { method: 'later', token: 't' } }, '/payment/token'],
    ['a card number', pay('4111111111111111'), '/payment/token'],
    ['a card number in groups', pay('4111 1111 1111 1111'), '/payment/token'],
    ['a card number with dashes', pay('4111-1111-1111-1111'), '/payment/token'],
    ['a card number of 15 digits', pay('3782_822463_10005'), '/payment/token'],
    ['a card number inside a token', pay('tok_411111111111x'), '/payment/token'],
    ['an empty token', pay(''), '/payment/token'],
    ['a token of 256 characters', pay('t'.repeat(256)), '/payment/token'],
    ['a token of other characters', pay('tok.ok'), '/payment/token'],
    ['a token and a line end', pay('tok_ok\n'), '/payment/token'],
    ['an unknown carrier', { ...order, carrier: 'pigeon' }, '/carrier'],
    ['a mail address that is none', { ...order, email: 'nobody' }, '/email'],
    ['a reference with a space', { ...order, reference: 'a b' }, '/reference'],
    ['null', null, '/customerId'],
    ['a list', [], ''],
    // As text: in an object literal these would set the prototype.
    ['a field __proto__', withProto(order), '/__proto__'],
    [
      'a field __proto__ of an address',
      { ...order, shippingAddress: withProto(order.shippingAddress) },
      '/shippingAddress/__proto__',
    ],
    ['a field __proto__ of a line', { ...order, lines: [withProto(line!)] }, '/lines/0/__proto__'],
    ['a field __proto__ of a payment', { ...order, payment: withProto(order.payment) }, '/payment/__proto__'],
    ['metadata named __proto__', { ...order, metadata: withProto({ a: 'b' }, '"x"') }, '/metadata/__proto__'],
    ['a field constructor', { ...order, constructor: { prototype: {} } }, '/constructor'],
  ];
  it.each(table)('%s', async (_, body, path) => {
    const key = randomUUID();
    const { status, body: problem, headers } = await system.as('shop').place<Problem>(JSON.stringify(body), key);
    expect({ status, code: problem.code }).toEqual({ status: 422, code: 'validation_failed' });
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(problem.errors?.map((error) => error.path)).toContain(path);
    await expectNothingStarted(key);
  });
});

describe('a request is rejected before its fields are validated', () => {
  const good = JSON.stringify(order);
  const table: [
    name: string,
    body: string | Uint8Array,
    headers: Record<string, string>,
    status: number,
    code: string,
  ][] = [
    ['a body of 2 MB', JSON.stringify({ ...order, pad: 'x'.repeat(2e6) }), {}, 413, 'body_too_large'],
    ['a body of 256 KiB and a byte', `${good}${' '.repeat(256 * 1024 + 1 - good.length)}`, {}, 413, 'body_too_large'],
    ['broken JSON', '{"customerId":', {}, 400, 'malformed_json'],
    ['no JSON', 'hello', {}, 400, 'malformed_json'],
    ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), {}, 400, 'malformed_json'],
    ['nesting without end', '['.repeat(200_000), {}, 400, 'malformed_json'],
    ['deep nesting', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, {}, 422, 'validation_failed'],
    ['text', good, { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
    ['a form', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'unsupported_media_type'],
    ['XML', '<a/>', { 'content-type': 'application/xml' }, 415, 'unsupported_media_type'],
    ['a content type that is none', good, { 'content-type': 'json' }, 415, 'unsupported_media_type'],
  ];
  it.each(table)('%s', async (_, body, headers, status, code) => {
    const key = randomUUID();
    const answer = await system.as('shop').post<Problem>('/v1/orders', body, { 'idempotency-key': key, ...headers });
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    await expectNothingStarted(key);
  });

  it('a missing or malformed Idempotency-Key', async () => {
    for (const headers of [
      {},
      { 'idempotency-key': '' },
      { 'idempotency-key': 'ü' },
      { 'idempotency-key': 'k'.repeat(256) },
    ]) {
      const answer = await system.as('shop').post<Problem>('/v1/orders', order, headers);
      expect([answer.status, answer.body.code]).toEqual([400, 'idempotency_key_required']);
    }
  });
});

describe('an invalid query', () => {
  const table: [query: string, code: string, path?: string][] = [
    ['limit=0', 'invalid_query', '/limit'],
    ['limit=201', 'invalid_query', '/limit'],
    ['limit=ten', 'invalid_query', '/limit'],
    ['limit=1&limit=2', 'invalid_query', '/limit'],
    ['status=lost', 'invalid_query', '/status/0'],
    ['status=placed&status=', 'invalid_query', '/status/1'],
    ['placedAfter=yesterday', 'invalid_query', '/placedAfter'],
    ['placedBefore=2024-02-30T00:00:00Z', 'invalid_query', '/placedBefore'],
    ['placedAfter=9999-12-31T23:59:59-23:59', 'invalid_query', '/placedAfter'],
    ['placedBefore=0000-01-01T00:00:00%2B23:59', 'invalid_query', '/placedBefore'],
    ['placedBefore=2024-06-15T12:00:60Z', 'invalid_query', '/placedBefore'],
    ['customerId=a%00b', 'invalid_query', '/customerId'],
    ['page=2', 'invalid_query', '/page'],
    ['__proto__=1', 'invalid_query', '/__proto__'],
    ['cursor=made-up', 'invalid_cursor'],
    ['cursor=', 'invalid_cursor'],
    ['cursor=WzEsMl0', 'invalid_cursor'],
    // A year that no database can store.
    ['cursor=Wy04LjY0ZTE1LCJ4Il0', 'invalid_cursor'],
    // [1,"abc"] with an extra letter.
    ['cursor=WzEsImFiYyJdA', 'invalid_cursor'],
    [`cursor=${'a'.repeat(2000)}`, 'invalid_cursor'],
    ['cursor=%00', 'invalid_cursor'],
  ];
  it.each(table)('%s', async (query, code, path) => {
    const { status, body } = await system.as('shop').get<Problem>(`/v1/orders?${query}`);
    expect({ status, code: body.code }).toEqual({ status: 400, code });
    if (path !== undefined) expect(body.errors?.map((error) => error.path)).toEqual([path]);
  });
});

it.each([
  '2026-11-20t10:00:00z',
  '2026-11-20T10:00:00.123456789Z',
  '2026-11-20T10:00:00+05:30',
  '2026-11-20%2010:00:00Z',
  '1990-12-31T15:59:60-08:00',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
])('a time written as %s is taken', async (time) => {
  for (const name of ['placedAfter', 'placedBefore']) {
    const { status, body } = await system.as('shop').get<{ items: unknown[] }>(`/v1/orders?${name}=${time}`);
    expect([status, body]).toEqual([200, { items: [], nextCursor: null }]);
  }
});

describe('an unknown path is 404, never 5xx', () => {
  const unknown = orderIdFor('demo', 'never placed');
  const paths = [
    `/v1/orders/${unknown}`,
    `/v1/orders/${unknown.toUpperCase()}`,
    '/v1/orders/%00',
    '/v1/orders/%',
    '/v1/orders/%ff%fe',
    '/v1/orders/..%2f..%2fetc%2fpasswd',
    `/v1/orders/${'x'.repeat(300)}`,
    '/v1/orders/ord_1/../../metrics/x',
    `/v1/orders/${unknown}/events`,
    `/v1/orders/${unknown}/history`,
    '/v1/orders/constructor/history',
    '/v1/processes/__proto__',
    '/v1/processes/%00',
    '/v2/orders',
    '/docs/constructor',
    '//',
    `/v1/orders/${unknown}/cancel`,
  ];
  it.each(paths)('GET %s', async (path) => {
    const { status, body } = await raw(`GET ${path} HTTP/1.1`);
    expect(status).toBe(404);
    expect(JSON.parse(body)).toMatchObject({ status: 404, code: 'not_found' });
  });

  it.each([
    ['GET /v1/orders HTTP/9.9', 400],
    [`GET /${'a'.repeat(40_000)} HTTP/1.1`, 431],
    [`GET /v1/orders HTTP/1.1\r\nX-Large: ${'a'.repeat(40_000)}`, 431],
    ['GET /v1/orders HTTP/1.1\r\nBad Header: 1', 400],
    ['POST /v1/orders HTTP/1.1\r\nContent-Length: -1', 400],
    ['BREW /v1/orders HTTP/1.1', 400],
    ['DELETE /v1/orders HTTP/1.1', 404],
    ['PUT /v1/orders HTTP/1.1', 404],
  ])('%.40s', async (head, status) => {
    const answer = await raw(head);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ status });
  });

  it('commands to an unknown order', async () => {
    for (const path of ['cancel', 'receipt', 'returns']) {
      expect(
        (await system.as('shop').post(`/v1/orders/${unknown}/${path}`, path === 'returns' ? aReturn : {})).status,
      ).toBe(404);
    }
  });
});

const aReturn = { lines: [{ sku: 'mug', quantity: 1 }], reason: 'chipped' };

describe('bodies of commands', () => {
  const table: [path: string, body: unknown, at: string][] = [
    ['cancel', { reason: '' }, '/reason'],
    ['cancel', { why: 'x' }, '/why'],
    ['cancel', { reason: 'a\u2028b' }, '/reason'],
    ['cancel', { reason: '   ' }, '/reason'],
    ['review', { decision: 'approve', note: '\u2066x' }, '/note'],
    ['returns', { ...aReturn, reason: 'chip\u200dped' }, '/reason'],
    ['payment', {}, '/method'],
    ['payment', { method: 'later' }, '/method'],
    ['payment', { method: 'card', token: '4111 1111 1111 1111' }, '/token'],
    ['receipt', { signedBy: 'x' }, '/signedBy'],
    ['decision', { decision: 'maybe' }, '/decision'],
    ['review', { decision: 'accept_partial' }, '/decision'],
    ['resolve', { action: 'retry' }, '/step'],
    ['returns', { lines: [], reason: 'x' }, '/lines'],
    ['returns', { ...aReturn, lines: [{ sku: 'mug', quantity: -1 }] }, '/lines/0/quantity'],
    ['returns', { ...aReturn, lines: [...aReturn.lines, ...aReturn.lines] }, '/lines/1/sku'],
  ];
  it.each(table)('%s %j', async (path, body, at) => {
    const id = orderIdFor('demo', 'never placed');
    const answer = await system.as('operator').post<Problem>(`/v1/orders/${id}/${path}`, body);
    expect([answer.status, answer.body.code]).toEqual([422, 'validation_failed']);
    expect(answer.body.errors?.map((error) => error.path)).toContain(at);
  });

  it('an empty change', async () => {
    const id = orderIdFor('demo', 'never placed');
    const answer = await system.as('shop').patch<Problem>(`/v1/orders/${id}`, {});
    expect([answer.status, answer.body.code]).toEqual([422, 'validation_failed']);
  });
});

async function expectNothingStarted(key: string): Promise<void> {
  const run = system.temporal.client.workflow.getHandle(orderWorkflowId(orderIdFor('demo', key)));
  await expect(run.describe()).rejects.toThrow(/not found/i);
}

/** Sends what no HTTP client sends. */
async function raw(head: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(system.api.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined); // The server may close before it has read everything.
  socket.write(`${head}\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${keys.shop}\r\nConnection: close\r\n\r\n`);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(text) ?? [];
  return { status: Number(status), body: text.slice(text.indexOf('\r\n\r\n') + 4) };
}
