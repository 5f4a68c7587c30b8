import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Caller } from './support/caller.js';
import { anOrder } from './support/orders.js';
import { keys, startApi } from './support/system.js';
import { sendWebhook } from './support/webhook.js';

test('the log names faults, and no key, token, address, name or mail', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const nowhere = '127.0.0.1:1';
  const api = await startApi(nowhere, `http://${nowhere}`, {}, logger);
  const shop = new Caller(api.url, keys.shop);
  const order = anOrder({
    payment: { method: 'card', token: 'tok_secret' },
    email: 'ada@secret.example',
    shippingAddress: { ...anOrder().shippingAddress, name: 'Ada Secret', line1: 'Secret Street 1' },
  });
  const id = `ord_${'0'.repeat(26)}`;
  // Every way to a fault: what is asked for is down.
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
