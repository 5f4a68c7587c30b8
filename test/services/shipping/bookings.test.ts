import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ShippingClient } from '../../../services/shipping/client.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { booking, cancellation, startShipping, type TestShipping } from './shipping.js';
import { authorized } from '../../support/service-token.js';

let database: TestDatabase;
let shipping: TestShipping;
let client: ShippingClient;
beforeAll(async () => {
  database = await createDatabase();
  // Without an address for its webhooks, the simulator moves no parcels.
  shipping = await startShipping(database.url, {});
  client = shipping.client;
});
afterAll(async () => {
  await shipping.close();
  await database.drop();
});

const bookingsOf = async (orderId: string) => (await client.listShipments({ query: { orderId } })).items;

describe('a booking', () => {
  it('is made once under any key, and keeps its tracking number', async () => {
    const first = await client.book(booking('o1'));
    expect(first.trackingNumber).toMatch(/^SIM\d{12}$/);
    expect(await client.book(booking('o1'))).toEqual(first);
    expect(await client.book(booking('o1', 'simulated', 'another key'))).toEqual(first);
    expect(await bookingsOf('o1')).toEqual([
      {
        id: 'o1-east',
        orderId: 'o1',
        warehouse: 'east',
        carrier: 'simulated',
        trackingNumber: first.trackingNumber,
        status: 'booked',
        lines: [{ sku: 'mug', quantity: 2 }],
        bookedAt: expect.any(String) as string,
        updatedAt: expect.any(String) as string,
      },
    ]);
  });

  it('with an external carrier has no tracking number', async () => {
    expect(await client.book(booking('o2', 'external'))).toEqual({});
    expect(await bookingsOf('o2')).toMatchObject([{ carrier: 'external', status: 'booked' }]);
  });

  it('can be cancelled repeatedly, and is rejected afterwards', async () => {
    const run = 'run-1';
    await client.book({ ...booking('o3'), run });
    expect(await client.cancel({ ...cancellation('o3'), run })).toEqual({ status: 'cancelled' });
    expect(await client.cancel({ ...cancellation('o3', 'again'), run })).toEqual({ status: 'cancelled' });
    expect(await bookingsOf('o3')).toMatchObject([{ status: 'cancelled' }]);
    await expect(client.book(booking('o3', 'simulated', 'later'))).rejects.toMatchObject({ code: 'booking_cancelled' });
    // The run that cancelled it still gets the stored answer of its first call.
    expect(await client.book({ ...booking('o3'), run })).toHaveProperty('trackingNumber');
  });

  it('that comes after its cancellation is rejected each time, and is not listed', async () => {
    expect(await client.cancel(cancellation('o4'))).toEqual({ status: 'cancelled' });
    for (const key of ['a', 'a', 'b']) {
      await expect(client.book(booking('o4', 'simulated', `o4:${key}`))).rejects.toMatchObject({
        code: 'booking_cancelled',
      });
    }
    expect(await bookingsOf('o4')).toEqual([]);
  });

  it('and its cancellation at the same moment leave no parcel booked, whichever comes first', async () => {
    for (let n = 0; n < 20; n += 1) {
      const order = `race-${n}`;
      const [booked, cancelled] = await Promise.allSettled([
        client.book(booking(order)),
        client.cancel(cancellation(order)),
      ]);
      expect(cancelled).toMatchObject({ status: 'fulfilled', value: { status: 'cancelled' } });
      const listed = (await bookingsOf(order)).map(({ status }) => status);
      expect(listed).toEqual(booked.status === 'fulfilled' ? ['cancelled'] : []);
    }
  });
});

it('lists bookings in pages, in the order in which they were made', async () => {
  const start = (await client.listShipments({ query: { limit: 200 } })).items.length;
  for (const order of ['p1', 'p2', 'p3']) await client.book(booking(order, 'external'));
  const first = await client.listShipments({ query: { limit: start + 1 } });
  expect(first.items.at(-1)?.id).toBe('p1-east');
  const rest = await client.listShipments({ query: { cursor: first.nextCursor as string } });
  expect(rest).toMatchObject({ items: [{ id: 'p2-east' }, { id: 'p3-east' }], nextCursor: null });
  const made = await fetch(`${shipping.url}/v1/shipments?cursor=made-up`, { headers: authorized });
  expect([made.status, await made.json()]).toMatchObject([400, { code: 'invalid_cursor' }]);
});
