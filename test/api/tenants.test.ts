import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { until } from '../support/until.js';
import { EventStream } from './support/event-stream.js';
import { anOrder } from './support/orders.js';
import { keys, startSystem, type ApiSystem } from './support/system.js';
import { sendWebhook } from './support/webhook.js';
import { startWorker } from './support/worker.js';

let system: ApiSystem;
beforeAll(async () => {
  system = await startSystem();
  await startWorker(system);
});
afterAll(() => system?.close());

const shops = [
  ['shop', 'otherShop'],
  ['otherShop', 'shop'],
] as const;

it('two shops with the same key, reference and customer stay separate', async () => {
  const order = anOrder({ carrier: 'external', customerId: 'c-same', reference: 'ref-same' });
  const streams = { shop: await watch('shop'), otherShop: await watch('otherShop') };
  const ids = { shop: await place('shop'), otherShop: await place('otherShop') };
  expect(ids.shop).not.toBe(ids.otherShop);

  for (const [mine, theirs] of shops) {
    const me = system.as(mine);
    for (const filter of ['customerId=c-same', 'reference=ref-same', 'status=confirmed', 'limit=200']) {
      expect((await me.get<{ items: OrderView[] }>(`/v1/orders?${filter}`)).body.items.map(({ id }) => id)).toEqual([
        ids[mine],
      ]);
    }
    const path = `/v1/orders/${ids[theirs]}`;
    for (const part of ['', '/history', '/events']) expect((await me.get(`${path}${part}`)).status, part).toBe(404);
    expect((await me.post(`${path}/cancel`, {})).status).toBe(404);
    const goods = [{ sku: 'mug', quantity: 1 }];
    expect((await me.patch(path, { lines: goods })).status).toBe(404);
    expect((await me.post(`${path}/returns`, { lines: goods, reason: 'chipped' })).status).toBe(404);
    expect((await me.place(order, 'key-same')).body.id).toBe(ids[mine]);
  }

  // A command to one order changes only that order.
  const about = { orderId: ids.shop, signedBy: 'A. Example' };
  await sendWebhook(system.as(undefined), { type: 'shipment.delivered', data: about, id: 'evt-same' });
  await reach('shop', 'completed');
  expect((await system.as('otherShop').get(`/v1/orders/${ids.otherShop}`)).body.status).toBe('confirmed');
  await sendWebhook(system.as(undefined), {
    type: 'shipment.delivered',
    data: { ...about, orderId: ids.otherShop },
    id: 'evt-same',
  });
  await reach('otherShop', 'completed');

  for (const [mine] of shops) {
    // The shop's own last change is the last event of its stream.
    const seen = new Set<string>();
    await streams[mine].until(({ id, status }) => seen.add(id) && status === 'completed');
    expect([...seen]).toEqual([ids[mine]]);
    streams[mine].close();
  }
  const metrics = await (await fetch(`${system.api.url}/metrics`)).text();
  for (const name of [ids.shop, ids.otherShop, 'c-same', 'ref-same', 'demo', 'other"']) {
    expect(metrics).not.toContain(name);
  }

  async function place(who: 'shop' | 'otherShop'): Promise<string> {
    const { status, body } = await system.as(who).place(order, 'key-same');
    expect(status).toBe(201);
    await until(async () => {
      const view = (await system.as(who).get(`/v1/orders/${body.id}`)).body;
      return view.status === 'confirmed' && view.revision > 0 ? true : undefined;
    });
    return body.id;
  }

  function reach(who: 'shop' | 'otherShop', status: OrderView['status']) {
    return until(async () =>
      (await system.as(who).get(`/v1/orders/${ids[who]}`)).body.status === status ? true : undefined,
    );
  }
});

function watch(who: 'shop' | 'otherShop'): Promise<EventStream> {
  return EventStream.open(`${system.api.url}/v1/events`, keys[who]);
}
