import type { WorkflowFailedError } from '@temporalio/client';
import type { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import type { OrderView, PlaceOrder } from '../../contracts/order.js';
import { orderWorkflowId } from '../../workflows/order/messages.js';
import type { Shop } from './support/shop.js';
import { stepOf, type Books } from './support/shop-order.js';
import { wholeSystem } from './support/system.js';

let shop: Shop;
wholeSystem({}, (opened) => (shop = opened));

const card = (token: string): PlaceOrder['payment'] => ({ method: 'card', token });
const later: PlaceOrder['payment'] = { method: 'later' };
const line = (sku: string, quantity = 1, unitPrice = 1250) => ({ sku, quantity, unitPrice });
/** The services' records of an order when nothing of it is left. */
const nothingHeld = { authorized: 0, captured: 0, refunded: 0, held: 0 } satisfies Partial<Books>;

describe.concurrent(
  'a rejection by a service ends the order and undoes its earlier steps',
  { timeout: 120_000 },
  () => {
    it.each([
      ['tok_declined', 'payment_declined', 'authorizePayment', 'declined'],
      ['tok_fraud', 'fraud_rejected', 'screenFraud', 'none'],
    ])('%s: %s', async (token, code, step, paymentStatus) => {
      const sku = await shop.product({ east: 5 });
      const order = await shop.place({ payment: card(token), lines: [line(sku, 2)] });
      const view = await order.ended('failed');
      expect(view).toMatchObject({ failure: { code, step }, payment: { status: paymentStatus }, possible: [] });
      expect(stepOf(view, 'reserveStock').state).toBe('undone');
      expect(stepOf(view, 'confirmOrder').state).toBe('skipped');
      expect(await order.books()).toMatchObject({ ...nothingHeld, authorizations: 0, bookings: [] });
      expect(await shop.available(sku)).toEqual({ east: 5 });
      expect(await order.told()).toEqual(['failed']);

      const run = shop.temporal.workflow.getHandle(orderWorkflowId(order.id));
      const failure = await run.result().then(
        () => undefined,
        (error: unknown) => (error as WorkflowFailedError).cause as ApplicationFailure,
      );
      expect(failure?.type).toBe(code);
      expect(failure?.details?.[0]).toMatchObject({ id: order.id, status: 'failed', failure: { code } });
      const { searchAttributes } = await run.describe();
      expect(searchAttributes).toMatchObject({ OrderStatus: ['failed'], FailureCode: [code] });
    });

    it.each([
      ['gone', 'out_of_stock'],
      ['no-such-thing', 'unknown_sku'],
    ])('%s: %s', async (sku, code) => {
      const other = await shop.product({ east: 5 });
      const order = await shop.place({ lines: [line(other), line(sku)] });
      expect(await order.ended('failed')).toMatchObject({ failure: { code, step: 'reserveStock' } });
      expect(await order.books()).toMatchObject({ ...nothingHeld, authorizations: 0, bookings: [] });
      expect(await shop.available(other)).toEqual({ east: 5 });
    });
  },
);

describe.concurrent('a cancel undoes everything until the first parcel is dispatched', { timeout: 120_000 }, () => {
  it('while the order waits for its payment', async () => {
    const sku = await shop.product({ east: 5 });
    const order = await shop.place({ payment: later, lines: [line(sku, 3)] });
    await order.is('awaiting_payment');
    expect((await order.books()).held).toBe(3);
    const { status, body } = await order.tell('cancel', { reason: 'changed my mind' });
    expect([status, body.failure?.code]).toEqual([200, 'cancelled_by_customer']);
    expect(await order.ended('cancelled')).toMatchObject({ failure: { code: 'cancelled_by_customer' } });
    expect(await order.books()).toMatchObject({ ...nothingHeld, authorizations: 0, bookings: [] });
    expect(await shop.available(sku)).toEqual({ east: 5 });
    expect(await order.told()).toEqual(['payment_needed', 'cancelled']);

    const again = await order.tell('cancel');
    expect(again).toMatchObject({ status: 409, body: { code: 'order_ended', orderStatus: 'cancelled', possible: [] } });
  });

  it('while it is confirmed, when an operator cancels it', async () => {
    const [east, west] = [await shop.product({ east: 5 }), await shop.product({ west: 5 })];
    const order = await shop.place({ lines: [line(east, 2), line(west, 3)] });
    await order.parcels('booked');
    expect(await order.books()).toMatchObject({ authorized: 6740, held: 5, bookings: ['booked', 'booked'] });
    expect((await order.tell('cancel', {}, 'operator')).status).toBe(200);
    const view = await order.ended('cancelled');
    expect(view).toMatchObject({
      failure: { code: 'cancelled_by_operator' },
      payment: { status: 'voided', authorized: 0, captured: 0 },
      shipments: [{ status: 'cancelled' }, { status: 'cancelled' }],
    });
    for (const id of ['reserveStock', 'authorizePayment', 'confirmOrder', `bookParcel:${order.id}-east`]) {
      expect(stepOf(view, id).state, id).toBe('undone');
    }
    expect(await order.books()).toMatchObject({ ...nothingHeld, bookings: ['cancelled', 'cancelled'] });
    expect([await shop.available(east), await shop.available(west)]).toEqual([{ east: 5 }, { west: 5 }]);
    // The book has the last view before the run closes: the result of a run that was cancelled or has failed rejects.
    await shop.temporal.workflow.getHandle(orderWorkflowId(order.id)).result();
  });

  it('when somebody cancels the run in the Web UI', async () => {
    const sku = await shop.product({ east: 5 });
    const order = await shop.place({ lines: [line(sku)] });
    await order.parcels('booked');
    await shop.temporal.workflow.getHandle(orderWorkflowId(order.id)).cancel();
    expect(await order.ended('cancelled')).toMatchObject({ failure: { code: 'cancelled_by_operator' } });
    expect(await order.books()).toMatchObject({ ...nothingHeld, bookings: ['cancelled'] });
  });

  it('not after one of two parcels is dispatched; the answer says what is possible', async () => {
    const [east, west] = [await shop.product({ east: 5 }), await shop.product({ west: 5 })];
    const order = await shop.place({ lines: [line(east), line(west)] });
    await order.parcels('booked');
    await order.hear('shipment.dispatched', { shipmentId: `${order.id}-east` });
    const shipping = await order.parcels('dispatched', 'east');
    const refused = await order.tell('cancel');
    expect(refused).toMatchObject({ status: 409, body: { code: 'not_cancellable', orderStatus: 'shipping' } });
    expect(refused.body.possible).toEqual(shipping.possible);
    expect(refused.body.possible).toContain('receipt');
    expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);

    await order.hear('shipment.delivered', { signedBy: 'Ada Example' });
    expect(await order.ended('completed')).toMatchObject({ payment: { status: 'captured', captured: 2990 } });
    expect(await order.books()).toMatchObject({ authorized: 0, captured: 2990, held: 2 });
  });
});

describe.concurrent('parcels and their money', { timeout: 120_000 }, () => {
  it('vase and lamp go out in two parcels, each charged on dispatch; the shares add up to the total', async () => {
    const order = await shop.place({
      lines: [line('vase', 1, 3333), line('lamp', 1, 1111)],
      shippingFee: 490,
      adjustments: [{ kind: 'discount', label: 'Autumn', amount: -101 }],
    });
    const { total, shipments } = await order.parcels('booked');
    expect(shipments.map(({ id, warehouse }) => [id, warehouse])).toEqual([
      [`${order.id}-east`, 'east'],
      [`${order.id}-west`, 'west'],
    ]);
    expect(total).toBe(4833);
    await order.hear('shipment.dispatched', { shipmentId: `${order.id}-west` });
    // Its line and a quarter of fee and discount, rounded toward zero: 1111 + 122 - 25. The first parcel takes the remainders.
    await order.until(({ payment }) => payment.captured === 1208);
    expect(await order.books()).toMatchObject({ authorized: 3625, captures: [1208] });
    await order.hear('shipment.delivered', { signedBy: 'Ada Example' });
    expect(await order.ended('completed')).toMatchObject({ payment: { status: 'captured', captured: 4833 } });
    expect((await order.books()).captures).toEqual([1208, 3625]);
  });

  it('tok_flaky is retried until it works, and the attempts are visible', async () => {
    const order = await shop.place({ payment: card('tok_flaky') });
    const confirmed = await order.is('confirmed');
    expect(stepOf(confirmed, 'authorizePayment').attempts).toBeGreaterThan(2);
    const completed = await order.deliver();
    expect(stepOf(completed, `capturePayment:${order.id}-east`).attempts).toBeGreaterThan(2);
    expect(await order.books()).toMatchObject({ captured: 2990, authorizations: 1, captures: [2990] });
    const { body } = await shop.caller.get<{ events: { step?: string; type: string; attempt?: number }[] }>(
      `/v1/orders/${order.id}/history`,
    );
    const attempts = body.events.filter(({ step }) => step === 'authorizePayment').map(({ attempt }) => attempt ?? 0);
    expect(Math.max(...attempts)).toBeGreaterThan(1);
  });

  it('tok_slow outlasts a local attempt, is called again and charged once', async () => {
    const order = await shop.place({ payment: card('tok_slow') });
    const completed = await order.deliver();
    expect(stepOf(completed, 'authorizePayment').attempts).toBeGreaterThan(1);
    expect(await order.books()).toMatchObject({ captured: 2990, authorizations: 1, captures: [2990] });
  });
});

describe.concurrent('paying later', { timeout: 120_000 }, () => {
  it('by the customer, whose first card is declined', async () => {
    const order = await shop.place({ payment: later });
    await order.is('awaiting_payment');
    expect((await order.tell('payment', card('tok_declined'))).status).toBe(200);
    const waiting = await order.until(({ payment }) => payment.attempts.length === 1);
    expect(waiting).toMatchObject({ status: 'awaiting_payment', payment: { attempts: [{ outcome: 'declined' }] } });
    expect((await order.tell('payment', card('tok_review'))).status).toBe(200);
    await order.until(({ payment }) => payment.attempts.length === 2);
    expect((await order.tell('payment', card('tok_ok'))).status).toBe(200);
    const view = await order.is('confirmed');
    expect(view.payment.attempts.map(({ outcome, code }) => code ?? outcome)).toEqual([
      'payment_declined',
      'fraud_rejected',
      'authorized',
    ]);
    expect(await order.books()).toMatchObject({ authorized: 2990, authorizations: 1 });
    const late = await order.tell('payment', card('tok_ok'));
    expect(late).toMatchObject({ status: 409, body: { code: 'wrong_status', orderStatus: 'confirmed' } });
  });

  it("by the provider's webhook; a wrong amount counts as an attempt", async () => {
    const order = await shop.place({ payment: later });
    await order.is('awaiting_payment');
    await order.hear('payment.succeeded', { amount: 2989 });
    const waiting = await order.until(({ payment }) => payment.attempts.length === 1);
    expect(waiting.payment.attempts).toMatchObject([{ outcome: 'declined', code: 'amount_mismatch' }]);
    await order.hear('payment.failed', { reason: 'insufficient funds' });
    await order.until(({ payment }) => payment.attempts.length === 2);
    expect(await order.hear('payment.succeeded', { amount: 2990 })).toBe(true);
    await order.is('confirmed');
    expect(await order.books()).toMatchObject({ authorized: 2990, authorizations: 1 });
    expect(await order.deliver()).toMatchObject({ payment: { method: 'later', status: 'captured', captured: 2990 } });
  });

  it('by both at once: the second payment is refunded once', async () => {
    const order = await shop.place({ payment: later });
    await order.is('awaiting_payment');
    const [told] = await Promise.all([
      order.tell('payment', card('tok_ok')),
      order.hear('payment.succeeded', { amount: 2990 }),
    ]);
    expect([200, 409]).toContain(told.status);
    await order.parcels('booked');
    const { steps } = await order.until(({ steps }) => steps.every(({ state }) => state !== 'running'));
    const twice = steps.some(({ id }) => id.startsWith('voidDuplicate'));
    expect(await order.books()).toMatchObject({ authorized: 2990, authorizations: twice ? 2 : 1 });
    const completed = await order.deliver();
    expect(completed.payment).toMatchObject({ status: 'captured', authorized: 0, captured: 2990, refunded: 0 });
    expect(await order.books()).toMatchObject({ authorized: 0, captured: 2990, captures: [2990] });
  });
});

it('a command repeats its answer under its key, shows in the next read, and is refused with another body', async () => {
  const order = await shop.place({ payment: later });
  await order.is('awaiting_payment');
  const path = `/v1/orders/${order.id}/payment`;
  const key = { 'idempotency-key': `payment-${order.id}` };
  const first = await shop.caller.post<OrderView>(path, card('tok_declined'), key);
  expect(first.status).toBe(200);
  await order.until(({ payment }) => payment.attempts.length === 1);
  const again = await shop.caller.post<OrderView>(path, card('tok_declined'), key);
  expect(again.status).toBe(200);
  const other = await shop.caller.post<{ code: string }>(path, card('tok_ok'), key);
  expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
  const { body } = await order.tell('cancel');
  const read = await order.read();
  expect(read.failure).toEqual(body.failure);
  expect(read.revision).toBeGreaterThanOrEqual(body.revision);
  const { payment } = await order.ended('cancelled');
  expect(payment.attempts).toHaveLength(1);
});
