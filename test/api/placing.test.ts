import { afterAll, beforeAll, expect, it } from 'vitest';
import { orderView } from '../../contracts/view.schema.js';
import { Caller, type Problem } from './support/caller.js';
import { anOrder } from './support/orders.js';
import { keys, startApi, startSystem, type ApiSystem } from './support/system.js';

let system: ApiSystem;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system?.close());

it('an order is placed without a worker, and read back at once', async () => {
  const shop = system.as('shop');
  const placed = await shop.place(anOrder());
  expect(placed.status).toBe(201);
  expect(orderView.parse(placed.body)).toMatchObject({ status: 'placed', revision: 0, total: 2990, shopId: 'demo' });
  expect(placed.headers.get('location')).toBe(`${system.api.url}/v1/orders/${placed.body.id}`);

  const read = await shop.get(`/v1/orders/${placed.body.id}`);
  expect(read.status).toBe(200);
  const { links, ...view } = read.body;
  const { links: linksAtFirst, ...viewAtFirst } = placed.body;
  expect(view).toEqual(viewAtFirst);
  expect(links?.self).toBe(linksAtFirst?.self);
});

it('the same request again finds the same order; another body under the key is rejected', async () => {
  const shop = system.as('shop');
  const first = await shop.place(anOrder(), 'key-1');
  const second = await shop.place(anOrder(), 'key-1');
  expect([first.status, second.status]).toEqual([201, 200]);
  expect(second.body.id).toBe(first.body.id);
  const other = await shop.place<Problem>(anOrder({ shippingFee: 491 }), 'key-1');
  expect(other.status).toBe(422);
  expect(other.body.code).toBe('idempotency_key_reused');
});

it('a shop that floods the API does not hold up another one', async () => {
  let answered = 0;
  const flood = Array.from({ length: 80 }, async () => {
    await system.as('shop').place(anOrder());
    answered += 1;
  });
  await Promise.race(flood);
  expect((await system.as('otherShop').place(anOrder())).status).toBe(201);
  expect(answered).toBeLessThan(40);
  await Promise.all(flood);
});

it('each shop has its own Idempotency-Keys', async () => {
  const [mine, theirs] = await Promise.all([
    system.as('shop').place(anOrder(), 'key-2'),
    system.as('otherShop').place(anOrder(), 'key-2'),
  ]);
  expect([mine.status, theirs.status]).toEqual([201, 201]);
  expect(mine.body.id).not.toBe(theirs.body.id);
});

it('eight equal requests at once create one order', async () => {
  const shop = system.as('shop');
  const answers = await Promise.all(Array.from({ length: 8 }, () => shop.place(anOrder(), 'key-8')));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
});

it.each(['tok_ok', 'a', 'T'.repeat(255), '-_-', 'pm_1Mv-12345678901_2', '0f8fad5b-d9cb-469f-a165-70867728950e'])(
  'the card token %s is taken',
  async (token) => {
    const { status } = await system.as('shop').place(anOrder({ payment: { method: 'card', token } }));
    expect(status).toBe(201);
  },
);

it('text is trimmed', async () => {
  const spaced = anOrder({ metadata: { ' note ': '  hello  ', empty: ' ' } });
  spaced.shippingAddress = { ...spaced.shippingAddress, name: '  Ada Example\n', line1: '\u00a0Main Street 1 ' };
  const { body } = await system.as('shop').place(spaced, 'spaced');
  expect(body.shippingAddress).toMatchObject({ name: 'Ada Example', line1: 'Main Street 1' });
  expect(body.metadata).toEqual({ note: 'hello', empty: '' });
  // So the trimmed order is the same body.
  const trimmed = anOrder({ metadata: { note: 'hello', empty: '' } });
  expect((await system.as('shop').place(trimmed, 'spaced')).status).toBe(200);
});

it('with the simulator off, an order has the external carrier, and cannot name the simulated one', async () => {
  const shop = system.as('shop');
  expect((await shop.place(anOrder())).body.carrier).toBe('external');
  const { status, body } = await shop.place<Problem>(anOrder({ carrier: 'simulated' }));
  expect([status, body.code, body.errors?.map(({ path }) => path)]).toEqual([422, 'validation_failed', ['/carrier']]);
});

it('with the simulator on, an order that names no carrier has the simulated one', async () => {
  const api = await startApi(system.temporal.address, system.book.url, { CARRIER_SIMULATOR: 'true' });
  const shop = new Caller(api.url, keys.shop);
  expect((await shop.place(anOrder(), 'played-1')).body.carrier).toBe('simulated');
  expect((await shop.place(anOrder({ carrier: 'simulated' }), 'played-2')).status).toBe(201);
  await api.close();
  // The same request again finds the same order, also where a new one could not name that carrier.
  const again = await system.as('shop').place(anOrder({ carrier: 'simulated' }), 'played-2');
  expect([again.status, again.body.carrier]).toEqual([200, 'simulated']);
  expect((await system.as('shop').place(anOrder(), 'played-1')).status).toBe(200);
});
