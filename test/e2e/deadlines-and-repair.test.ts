import { afterEach, describe, expect, it } from 'vitest';
import type { PlaceOrder } from '../../contracts/order.js';
import type { ServiceName } from '../../src/config/index.js';
import type { Shop } from './support/shop.js';
import { stepOf } from './support/shop-order.js';
import { wholeSystem } from './support/system.js';
import { until } from '../support/until.js';

let shop: Shop;
wholeSystem(
  {
    PAYMENT_DEADLINE: '3s',
    DECISION_DEADLINE: '3s',
    REVIEW_DEADLINE: '3s',
    AUTO_SIGN_AFTER: '2s',
    STEP_RETRY_BUDGET: '3s',
  },
  (opened) => (shop = opened),
);

const line = (sku: string, quantity = 1) => ({ sku, quantity, unitPrice: 1250 });
const nothingLeft = { authorized: 0, captured: 0, refunded: 0, held: 0 };

describe.concurrent('a deadline decides when nobody acts in time', { timeout: 120_000 }, () => {
  it.each<[string, string, Partial<PlaceOrder>, number]>([
    ['awaiting_payment', 'payment_deadline', { payment: { method: 'later' } }, 1],
    ['awaiting_review', 'review_deadline', { payment: { method: 'card', token: 'tok_review' } }, 1],
    ['awaiting_customer', 'customer_deadline', {}, 6],
  ])('%s: %s', async (status, code, changes, quantity) => {
    const sku = await shop.product({ east: 5 });
    const order = await shop.place({ ...changes, lines: [line(sku, quantity)] });
    const waiting = await order.until((view) => view.status === status || view.status === 'cancelled');
    expect(waiting.status).toBe(status);
    const view = await order.ended('cancelled');
    expect(view).toMatchObject({ failure: { code }, possible: [], payment: { authorized: 0, captured: 0 } });
    expect(await order.books()).toMatchObject({ ...nothingLeft, authorizations: 0, bookings: [] });
    expect(await shop.available(sku)).toEqual({ east: 5 });
  });

  it('an unsigned delivery is signed automatically', async () => {
    const order = await shop.place();
    await order.parcels('booked');
    await order.hear('shipment.delivered');
    expect(await order.ended('completed')).toMatchObject({ payment: { status: 'captured', captured: 2990 } });
  });
});

describe('a service that is away for longer than its calls are retried', { timeout: 240_000 }, () => {
  const away: ServiceName[] = [];
  async function takeAway(...services: ServiceName[]): Promise<void> {
    away.push(...services);
    await Promise.all(services.map((service) => shop.system.stopPart(service)));
  }
  async function bringBack(): Promise<void> {
    await Promise.all(away.splice(0).map((service) => shop.system.startPart(service)));
  }
  afterEach(bringBack);

  it('an operator retries the step when the service is back, or abandons the order', async () => {
    const sku = await shop.product({ east: 5 });
    await takeAway('shipping');
    const placed = await Promise.all([shop.place({ lines: [line(sku, 2)] }), shop.place({ lines: [line(sku, 3)] })]);
    for (const order of placed) {
      const parcel = `bookParcel:${order.id}-east`;
      // During the retries the attempts are visible, and an operator can retry at once.
      const tried = await until(async () => {
        const step = stepOf(await order.read(), parcel);
        return step.attempts > 1 && step;
      });
      expect(tried).toMatchObject({ failure: { code: 'service_unavailable' } });
      const stuck = await order.is('needs_attention');
      expect(stuck).toMatchObject({ failure: { code: 'service_unavailable', step: parcel } });
      expect(stuck.possible).toEqual(expect.arrayContaining(['resolve', 'cancel']));
      expect(stepOf(stuck, parcel).attempts).toBeGreaterThan(1);
    }
    const [retried, abandoned] = placed;
    const step = `bookParcel:${retried.id}-east`;
    expect(await retried.tell('resolve', { action: 'retry', step })).toMatchObject({ status: 403 });
    expect(await retried.tell('resolve', { action: 'skip', step }, 'operator')).toMatchObject({
      status: 422,
      body: { code: 'not_skippable' },
    });
    expect(await retried.tell('resolve', { action: 'retry', step: 'bookTrain' }, 'operator')).toMatchObject({
      status: 422,
      body: { code: 'unknown_step' },
    });

    await bringBack();
    expect(await retried.tell('resolve', { action: 'retry', step }, 'operator')).toMatchObject({ status: 200 });
    await retried.parcels('booked');
    expect(await retried.read()).toMatchObject({ status: 'confirmed' });
    expect(await retried.deliver()).toMatchObject({ payment: { captured: 2990 } });

    const given = await abandoned.tell(
      'resolve',
      { action: 'abandon', step: `bookParcel:${abandoned.id}-east` },
      'operator',
    );
    expect(given.status).toBe(200);
    expect(await abandoned.ended('cancelled')).toMatchObject({
      failure: { code: 'cancelled_by_operator' },
      payment: { status: 'voided', authorized: 0 },
    });
    expect(await abandoned.books()).toMatchObject(nothingLeft);
    expect((await abandoned.books()).bookings.filter((status) => status !== 'cancelled')).toEqual([]);
    expect(await shop.available(sku)).toEqual({ east: 3 });
  });

  it('an undo that fails is retried until it succeeds', async () => {
    const order = await shop.place();
    await order.parcels('booked');
    await takeAway('payment');
    expect((await order.tell('cancel')).status).toBe(200);
    const stuck = await order.is('needs_attention');
    expect(stuck.failure).toMatchObject({ code: 'cancelled_by_customer' });
    expect(stepOf(stuck, 'authorizePayment').state).toBe('undoing');
    await bringBack();
    expect(await order.ended('cancelled')).toMatchObject({ failure: { code: 'cancelled_by_customer' } });
    expect(await order.books()).toMatchObject({ ...nothingLeft, bookings: ['cancelled'] });
  });

  it('a customer who cannot be notified blocks no order', async () => {
    await takeAway('notification');
    const order = await shop.place({ carrier: 'simulated' });
    const view = await order.ended('completed');
    expect(stepOf(view, 'notifyConfirmed')).toMatchObject({ state: 'failed' });
    expect(view).toMatchObject({ payment: { status: 'captured' } });
    expect(view.failure).toBeUndefined();
  });
});
