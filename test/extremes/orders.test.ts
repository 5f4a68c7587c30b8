import { describe, expect, it } from 'vitest';
import type { PlaceOrder } from '../../contracts/order.js';
import { query } from '../support/postgres.js';
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
