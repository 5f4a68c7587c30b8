import pMap from 'p-map';
import { describe, expect, it } from 'vitest';
import type { PlaceOrder } from '../../contracts/order.js';
import type { EventType } from '../../workflows/events.js';
import { query } from '../support/postgres.js';
import { until } from '../support/until.js';
import type { Shop } from '../e2e/support/shop.js';
import type { ShopOrder } from '../e2e/support/shop-order.js';
import { wholeSystem } from '../e2e/support/system.js';

let shop: Shop;
wholeSystem({}, (opened) => (shop = opened));

/** As if the order had waited longer than its hold lasts. */
async function holdRunsOut({ id }: ShopOrder): Promise<void> {
  const url = Object.assign(new URL(shop.system.postgresUrl!), { pathname: '/orderflow_inventory' }).href;
  const changed = `update reservations set expires_at = now() - interval '1 second' where order_id = '${id}' returning order_id`;
  expect(await query(url, changed)).toHaveLength(1);
}

const one = (sku: string): Partial<PlaceOrder> => ({ lines: [{ sku, quantity: 1, unitPrice: 2500 }] });

describe(
  'the hold of an order that waits runs out, and its last piece is sold to another order',
  { timeout: 120_000 },
  () => {
    /** @returns the order that waits. The only piece of its product is sold to another one. */
    async function outrun(payment: PlaceOrder['payment'], waits: 'awaiting_payment' | 'awaiting_review') {
      const sku = await shop.product({ east: 1 });
      const order = await shop.place({ ...one(sku), payment });
      await order.is(waits);
      await holdRunsOut(order);
      const other = await shop.place(one(sku));
      await other.is('confirmed');
      return { order, other, sku };
    }

    async function failed(order: ShopOrder, other: ShopOrder, sku: string): Promise<void> {
      expect((await order.ended('failed')).failure).toMatchObject({ code: 'out_of_stock' });
      expect(await order.books()).toMatchObject({ authorized: 0, captured: 0, held: 0, bookings: [] });
      expect(await other.deliver()).toMatchObject({ payment: { captured: 2990 } });
      expect(await shop.available(sku)).toEqual({ east: 0 });
    }

    it('while it waits for its payment: the payment is given back', async () => {
      const { order, other, sku } = await outrun({ method: 'later' }, 'awaiting_payment');
      expect((await order.tell('payment', { method: 'card', token: 'tok_ok' })).status).toBe(200);
      await failed(order, other, sku);
    });

    it('while it waits for a review: the card is not charged', async () => {
      const { order, other, sku } = await outrun({ method: 'card', token: 'tok_review' }, 'awaiting_review');
      expect((await order.tell('review', { decision: 'approve' }, 'operator')).status).toBe(200);
      await failed(order, other, sku);
    });
  },
);

/** A carrier sends its news again when it is answered 503: the order was busy for too long. */
async function heard(order: ShopOrder, type: EventType, data: object): Promise<true> {
  await order.hear(type, data);
  return true;
}

it('an order of 500 lines and 240 KiB, in 50 parcels that all arrive at the same moment', async () => {
  const warehouses = Array.from({ length: 50 }, (_, n) => `w${String(n).padStart(2, '0')}`);
  const products = await pMap(
    Array.from({ length: 500 }),
    (_, n) => shop.product({ [warehouses[n % warehouses.length]!]: 1 }),
    { concurrency: 10 },
  );
  const lines = products.map((sku) => ({ sku, quantity: 1, unitPrice: 199, name: 'ü'.repeat(200) }));
  expect(Buffer.byteLength(JSON.stringify(lines))).toBeGreaterThan(230 * 1024);
  const order = await shop.place({ lines });
  const { shipments, total } = await order.parcels('booked');
  expect([shipments.length, total]).toEqual([50, 500 * 199 + 490]);
  const every = (type: EventType, data: object = {}) =>
    Promise.all(shipments.map(({ id }) => until(() => heard(order, type, { shipmentId: id, ...data }), 60_000)));
  await every('shipment.dispatched', { trackingNumber: 'T', carrier: 'Post' });
  await order.parcels('dispatched');
  await every('shipment.delivered', { signedBy: 'Ada Example' });
  expect(await order.ended('completed')).toMatchObject({ payment: { captured: total } });
  const { captured, captures, bookings } = await order.books();
  expect([captured, captures.length, bookings.length]).toEqual([total, 50, 50]);
}, 180_000);

it('twenty messages to one order at the same moment: each is answered, and the order is as the answers say', async () => {
  const order = await shop.place({ payment: { method: 'later' } });
  await order.is('awaiting_payment');
  const amounts = Array.from({ length: 10 }, (_, n) => n + 1);
  const answers = await Promise.all([
    ...amounts.map((n) => order.amend({ shippingAddress: { ...order.placed.shippingAddress, line1: `${n} New St` } })),
    ...amounts.map(() => order.tell('payment', { method: 'card', token: 'tok_declined' })),
  ]);
  const taken = answers.filter(({ status }) => status === 200);
  expect(taken.length).toBeGreaterThan(0);
  for (const { status, headers } of answers) {
    expect([200, 409, 503]).toContain(status);
    if (status === 503) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  }
  const payments = answers.slice(10);
  const attempts = payments.filter(({ status }) => status === 200).length;
  // It may still take effect.
  const open = payments.filter(({ body }) => body.code === 'not_processed_yet').length;
  const view = await order.until(({ payment }) => payment.attempts.length >= attempts);
  expect(view.payment.attempts.length).toBeLessThanOrEqual(attempts + open);
  expect((await order.tell('cancel')).status).toBe(200);
  await order.ended('cancelled');
  expect(await order.books()).toMatchObject({ authorized: 0, captured: 0, held: 0 });
}, 120_000);
