import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from './support/caller.js';
import { anOrder } from './support/orders.js';
import { keys, startSystem, type ApiSystem } from './support/system.js';

let system: ApiSystem;
let id: string;
beforeAll(async () => {
  system = await startSystem();
  id = (await system.as('shop').place(anOrder(), 'auth-1')).body.id;
});
afterAll(() => system?.close());

describe('without a valid key', () => {
  it.each([
    ['no header', undefined],
    ['a wrong key', 'Bearer wrong-key'],
    ['an almost right key', `Bearer ${keys.shop}x`],
    ['the key alone', keys.shop],
    ['another scheme', `Basic ${keys.shop}`],
    ['an empty key', 'Bearer '],
    ['two keys', `Bearer ${keys.shop} ${keys.operator}`],
  ])('%s', async (_, authorization) => {
    for (const path of ['/v1/orders', `/v1/orders/${id}`, '/v1/events', '/v1/processes']) {
      const response = await fetch(`${system.api.url}${path}`, { headers: authorization ? { authorization } : {} });
      expect(response.status, path).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(((await response.json()) as Problem).code).toBe('unauthorized');
    }
  });

  it('open routes need no key', async () => {
    const nobody = system.as(undefined);
    expect((await nobody.get('/health/live')).status).toBe(200);
    expect((await nobody.get('/openapi.json')).status).toBe(200);
    expect((await fetch(`${system.api.url}/metrics`)).status).toBe(200);
    expect((await fetch(`${system.api.url}/docs`)).status).toBe(200);
    expect((await nobody.post('/v1/webhooks/carrier', {})).status).toBe(401);
  });
});

/** The status that each key gets. */
type Who = keyof typeof keys;
const table: [what: string, call: (who: Who) => Promise<{ status: number }>, expected: Record<Who, number>][] = [
  [
    'placing',
    (who) => system.as(who).place(anOrder()),
    { shop: 201, otherShop: 201, shopOperator: 201, operator: 403 },
  ],
  [
    'reading',
    (who) => system.as(who).get(`/v1/orders/${id}`),
    { shop: 200, otherShop: 404, shopOperator: 200, operator: 200 },
  ],
  [
    'the story',
    (who) => system.as(who).get(`/v1/orders/${id}/history`),
    { shop: 200, otherShop: 404, shopOperator: 200, operator: 200 },
  ],
  [
    "Temporal's history",
    (who) => system.as(who).get(`/v1/orders/${id}/history?format=temporal`),
    { shop: 403, otherShop: 403, shopOperator: 200, operator: 200 },
  ],
  [
    'review',
    (who) => system.as(who).post(`/v1/orders/${otherId()}/review`, { decision: 'approve' }),
    { shop: 403, otherShop: 403, shopOperator: 404, operator: 404 },
  ],
  [
    'resolve',
    (who) => system.as(who).post(`/v1/orders/${otherId()}/resolve`, { action: 'retry', step: 'ship' }),
    { shop: 403, otherShop: 403, shopOperator: 404, operator: 404 },
  ],
  [
    'the review of a return',
    (who) => system.as(who).post(`/v1/orders/${otherId()}/returns/ret_1/review`, { decision: 'approve' }),
    { shop: 403, otherShop: 403, shopOperator: 404, operator: 404 },
  ],
  [
    'watching',
    (who) => headOf(who, `/v1/orders/${id}/events`),
    { shop: 200, otherShop: 404, shopOperator: 200, operator: 200 },
  ],
];
const cases = table.flatMap(([what, call, expected]) =>
  (Object.keys(expected) as Who[]).map((who) => [what, who, expected[who], call] as const),
);
it.each(cases)('%s as %s: %i', async (_what, who, expected, call) => {
  expect((await call(who)).status).toBe(expected);
});

it('an order of another shop is answered exactly like one that does not exist', async () => {
  const other = system.as('otherShop');
  for (const path of ['', '/history', '/events']) {
    const theirs = await other.get<Problem>(`/v1/orders/${id}${path}`);
    const none = await other.get<Problem>(`/v1/orders/${otherId()}${path}`);
    expect(theirs.body).toEqual(none.body);
  }
  for (const [path, body] of [
    ['cancel', {}],
    ['payment', { method: 'card', token: 'tok_ok' }],
  ] as const) {
    expect((await other.post(`/v1/orders/${id}/${path}`, body)).status).toBe(404);
  }
  expect((await other.patch(`/v1/orders/${id}`, { lines: [{ sku: 'mug', quantity: 1 }] })).status).toBe(404);
});

/** A well-formed id of no order. */
function otherId(): string {
  return `ord_${'0'.repeat(26)}`;
}

async function headOf(who: Who, path: string): Promise<{ status: number }> {
  const response = await fetch(`${system.api.url}${path}`, { headers: { authorization: `Bearer ${keys[who]}` } });
  await response.body?.cancel();
  return response;
}
