import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CarrierOptions } from '../../../services/shipping/carrier-simulator.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { eventually } from '../support/start.js';
import { Receiver, secret } from './receiver.js';
import { booking, cancellation, startShipping, type TestShipping } from './shipping.js';

let database: TestDatabase;
let receiver: Receiver;
let running: TestShipping[];
beforeEach(async () => {
  database = await createDatabase();
  receiver = await new Receiver().start();
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((each) => each.close()));
  await receiver.stop();
  await database.drop();
});

const quick = { dispatchAfterMs: 30, deliverAfterMs: 30 };
async function start(options: CarrierOptions = quick): Promise<TestShipping> {
  const shipping = await startShipping(database.url, { webhookUrl: receiver.url, webhookSecret: secret, ...options });
  running.push(shipping);
  return shipping;
}
const isType = (type: string) => (message: { body: { type: string } }) => message.body.type === type;
async function messages() {
  const client = new pg.Client({ connectionString: `${database.url}_shipping` });
  await client.connect();
  try {
    const { rows } = await client.query<{ type: string; state: string; attempts: number; last_answer: string }>(
      'select type, state, attempts, last_answer from carrier_messages order by type desc',
    );
    return rows;
  } finally {
    await client.end();
  }
}

describe('the simulated carrier', () => {
  it('reports the dispatch within 1 s after the booking, and the delivery within 2 s after that', async () => {
    const { client } = await start({});
    const { trackingNumber } = await client.book(booking('o1'));
    const dispatched = await receiver.next(isType('shipment.dispatched'));
    const delivered = await receiver.next(isType('shipment.delivered'));
    const parcel = { orderId: 'o1', shipmentId: 'o1-east', trackingNumber, carrier: 'simulated' };
    expect(dispatched.body.data).toEqual(parcel);
    expect(delivered.body.data).toEqual({ ...parcel, signedBy: 'Ada' });
    const { items } = await client.listShipments({ query: { orderId: 'o1' } });
    expect(items).toMatchObject([{ status: 'delivered', updatedAt: delivered.body.timestamp }]);
    const [bookedAt, dispatchedAt, deliveredAt] = [
      items[0]?.bookedAt ?? '',
      dispatched.body.timestamp,
      delivered.body.timestamp,
    ].map((time) => Date.parse(time)) as [number, number, number];
    expect(dispatchedAt - bookedAt).toBeGreaterThan(0);
    expect(dispatchedAt - bookedAt).toBeLessThan(1_000);
    expect(deliveredAt - dispatchedAt).toBeGreaterThan(0);
    expect(deliveredAt - dispatchedAt).toBeLessThan(2_000);
  });

  it('does not return a parcel that it has dispatched', async () => {
    const { client } = await start({ dispatchAfterMs: 0, deliverAfterMs: 60_000 });
    await client.book(booking('o1'));
    await receiver.next(isType('shipment.dispatched'));
    expect(await client.cancel(cancellation('o1'))).toEqual({ status: 'dispatched' });
    expect((await client.listShipments({ query: { orderId: 'o1' } })).items).toMatchObject([{ status: 'dispatched' }]);
  });

  it('does not dispatch a cancelled parcel, or a parcel of another carrier', async () => {
    const { client } = await start({ dispatchAfterMs: 150, deliverAfterMs: 0 });
    await client.book(booking('cancelled'));
    await client.cancel(cancellation('cancelled'));
    await client.book(booking('outside', 'external'));
    await client.book(booking('last'));
    await receiver.next(isType('shipment.delivered'));
    expect(new Set(receiver.received.map(({ body }) => body.data['orderId']))).toEqual(new Set(['last']));
    expect((await messages()).map(({ state }) => state)).toContain('void');
  });

  it.each([
    ['nobody answers', 'cut'],
    ['the receiver is broken', 503],
    ['the order is not known yet', 404],
  ] as const)('sends the event again with the same id and body when %s', async (_case, status) => {
    receiver.answer = (_, n) => (n < 3 ? status : 200);
    const { client } = await start({ dispatchAfterMs: 0, deliverAfterMs: 60_000 });
    await client.book(booking('o1'));
    await eventually(messages, ([dispatched]) => dispatched?.state === 'sent');
    expect(receiver.received).toHaveLength(4);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
    expect(new Set(receiver.received.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });

  it('does nothing without an address for its webhooks, and sends them later', async () => {
    const still = await startShipping(database.url, quick);
    await still.client.book(booking('o1'));
    await still.close();
    expect(await messages()).toMatchObject([{ state: 'due', attempts: 0 }]);
    await start();
    await receiver.next(isType('shipment.delivered'));
    expect(receiver.about('o1-east')).toHaveLength(2);
  });

  it('sends each event once when several instances share the work', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    const orders = Array.from({ length: 60 }, (_, n) => `many-${n}`);
    await Promise.all(orders.map((order, n) => (n % 2 ? one : two).client.book(booking(order))));
    await eventually(messages, (all) => all.length === 120 && all.every(({ state }) => state === 'sent'));
    expect(receiver.received).toHaveLength(120);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(120);
  });
});
