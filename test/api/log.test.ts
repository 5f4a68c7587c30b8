import { pino } from 'pino';
import { expect, it } from 'vitest';
import { Caller } from './support/caller.js';
import { anOrder } from './support/orders.js';
import { keys, nowhere, startApi } from './support/system.js';
import { sendWebhook } from './support/webhook.js';

/** Nothing listens there. */

interface Line {
  level: number;
  msg: string;
  method?: string;
  route?: string;
  status?: number;
  ms?: number;
  key?: string;
}

/** An API whose Temporal and order book are down, and the lines that it has logged. */
async function loggedApi(level: string) {
  const lines: string[] = [];
  const logger = pino({ level }, { write: (line: string) => void lines.push(line) });
  const api = await startApi(nowhere, `http://${nowhere}`, {}, logger);
  const answered = () => lines.map((line) => JSON.parse(line) as Line).filter(({ msg }) => msg === 'answered');
  return { api, lines, answered };
}

it('each request has a line with its route, status, duration and the name of its key', async () => {
  const { api, answered } = await loggedApi('info');
  const id = `ord_${'0'.repeat(26)}`;
  const operator = new Caller(api.url, keys.operator);
  const shop = new Caller(api.url, keys.shop);
  await operator.get('/v1/processes');
  await shop.post(`/v1/orders/${id}/review`, { decision: 'approve' });
  await shop.place(anOrder({ customerId: '' }));
  await shop.get('/v1/nothing/key-that-was-pasted-here');
  // Requests of probes are logged at debug only.
  await operator.get('/health/live');
  await fetch(`${api.url}/metrics`);
  await api.close();
  expect(answered().map(({ level, method, route, status, key }) => [level, method, route, status, key])).toEqual([
    [30, 'GET', '/v1/processes', 200, 'back-office'],
    [30, 'POST', '/v1/orders/:id/review', 403, 'demo:shop'],
    [30, 'POST', '/v1/orders', 422, 'demo:shop'],
    [30, 'GET', undefined, 404, undefined],
  ]);
  for (const { ms } of answered()) expect(ms).toBeGreaterThanOrEqual(0);
});

it('a wrong key and a wrong signature are logged as warnings', async () => {
  const { api, answered } = await loggedApi('warn');
  const stranger = new Caller(api.url, 'key-of-a-stranger');
  await stranger.get('/v1/orders');
  await stranger.place(anOrder());
  await new Caller(api.url, undefined).post('/v1/webhooks/carrier', { type: 'shipment.delivered' });
  await new Caller(api.url, keys.shop).get('/v1/processes');
  await api.close();
  expect(answered().map(({ level, method, route, status, key }) => [level, method, route, status, key])).toEqual([
    [40, 'GET', '/v1/orders', 401, undefined],
    [40, 'POST', '/v1/orders', 401, undefined],
    [40, 'POST', '/v1/webhooks/carrier', 401, undefined],
  ]);
});

it('the log has the errors, and no key, token, address, name or email', async () => {
  const { api, lines } = await loggedApi('trace');
  const shop = new Caller(api.url, keys.shop);
  const order = anOrder({
    payment: { method: 'card', token: 'tok_secret' },
    email: 'ada@secret.example',
    shippingAddress: { ...anOrder().shippingAddress, name: 'Ada Secret', line1: 'Secret Street 1' },
  });
  const id = `ord_${'0'.repeat(26)}`;
  // Every request here needs something that is down.
  expect((await shop.place(order, 'key-secret')).status).toBe(503);
  expect((await shop.place({ ...order, email: 'ada secret' }, 'key-secret')).status).toBe(422);
  expect((await shop.post(`/v1/orders/${id}/payment`, { method: 'card', token: 'tok_secret' })).status).toBe(503);
  expect((await shop.patch(`/v1/orders/${id}`, { shippingAddress: order.shippingAddress })).status).toBe(503);
  expect((await shop.get(`/v1/orders?reference=ref-secret`)).status).toBe(503);
  expect((await new Caller(api.url, 'key-that-is-secret').get('/v1/orders')).status).toBe(401);
  const event = { type: 'shipment.delivered', data: { orderId: id, signedBy: 'Ada Secret' } } as const;
  expect((await sendWebhook(new Caller(api.url, undefined), event)).status).toBe(503);
  await api.close();

  const log = lines.join('');
  expect(log).toContain('"code":"temporal_unavailable"');
  expect(log.toLowerCase()).not.toContain('secret');
  for (const key of Object.values(keys)) expect(log).not.toContain(key);
});
