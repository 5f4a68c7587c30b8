import { describe, expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { expectEnded, expectNothingLeft } from './expectations.js';
import { Outage, refusal } from './misbehaviour.js';
import { day, minute, payLater, testOrders, vaseAndLamp } from './test-orders.js';
import type { Setup, TestOrder } from './test-orders.js';

/** Tests of a carrier that forgets an order, and of other cases that keep an order open forever without an operator. */

const orders = testOrders();
const operator = { role: 'operator' } as const;
const parcelOf = (order: TestOrder, warehouse = 'east') => `${order.id}-${warehouse}`;
const stepOf = (view: OrderView, id: string) => view.steps.find((s) => s.id === id)!;

async function booked(setup: Setup = {}): Promise<TestOrder> {
  const order = await orders.place(setup);
  await order.until((v) => v.shipments.length > 0 && v.shipments.every((s) => s.status === 'booked'));
  return order;
}

const decide = (order: TestOrder, action: 'skip' | 'abandon' | 'retry', step: string) =>
  order.command('resolve', { action, step }, operator);

describe('news that never comes', () => {
  it('is skipped step by step, and the order is completed and paid for', async () => {
    const order = await booked();
    const waiting = await order.view();
    expect(waiting.possible).toEqual(['cancel', 'resolve']);
    const { startedAt, dueAt } = stepOf(waiting, `awaitDispatch:${parcelOf(order)}`);
    expect(Date.parse(dueAt!) - Date.parse(startedAt!)).toBeGreaterThanOrEqual(2 * day);

    await decide(order, 'skip', `awaitDispatch:${parcelOf(order)}`);
    const out = await order.until((v) => v.status === 'shipping' && v.payment.captured === 2990);
    expect(out.possible).toEqual(['receipt', 'resolve']);
    expect(out.shipments[0]).toMatchObject({ status: 'dispatched', dispatchedAt: expect.any(String) as string });
    expect(stepOf(out, `awaitDelivery:${parcelOf(order)}`)).toMatchObject({
      state: 'waiting',
      dueAt: expect.any(String) as string,
    });

    await decide(order, 'skip', `awaitDelivery:${parcelOf(order)}`);
    const arrived = await order.until((v) => v.status === 'delivered');
    expect(arrived.shipments[0]).toMatchObject({ status: 'delivered', deliveredAt: expect.any(String) as string });
    await decide(order, 'skip', 'signForDelivery');
    const end = await order.end();
    expect(end.view).toMatchObject({ status: 'completed', payment: { captured: 2990, refunded: 0, authorized: 0 } });
    expectEnded(order, end);
  });

  it('of the dispatch: abandoned, the parcel is taken back and nothing is left', async () => {
    const order = await booked();
    await decide(order, 'abandon', `awaitDispatch:${parcelOf(order)}`);
    const end = await order.end();
    expect(end.view).toMatchObject({ status: 'cancelled', failure: { code: 'cancelled_by_operator' } });
    expectEnded(order, end);
    expectNothingLeft(order, end.view);
  });

  it('of the delivery: abandoned, the parcel is paid back and not sent again', async () => {
    const order = await booked();
    await order.event('shipment.dispatched');
    await order.until((v) => v.payment.captured === 2990);
    await decide(order, 'abandon', `awaitDelivery:${parcelOf(order)}`);
    const end = await order.end();
    expect(end.view).toMatchObject({
      status: 'cancelled',
      failure: { code: 'cancelled_by_operator' },
      shipments: [{ status: 'lost' }],
      payment: { captured: 2990, refunded: 2990, authorized: 0 },
      possible: [],
    });
    expect(order.services.callsOf('inventory.replace')).toEqual([]);
    expect(order.services.told).toContain('refunded');
    expectEnded(order, end);
  });

  it('of one of two parcels: abandoned, it is paid back, and the order is completed for the other', async () => {
    const order = await booked({ order: vaseAndLamp });
    await order.event('shipment.dispatched');
    await order.until((v) => v.payment.captured === 4400);
    await order.event('shipment.delivered', { shipmentId: parcelOf(order), signedBy: 'A' });
    await decide(order, 'abandon', `awaitDelivery:${parcelOf(order, 'west')}`);
    const end = await order.end();
    expect(end.view).toMatchObject({
      status: 'completed',
      shipments: [{ status: 'delivered' }, { status: 'lost' }],
      payment: { captured: 4400, refunded: 1100, authorized: 0 },
    });
    expectEnded(order, end);
  });

  it('of a parcel that was sent again: abandoned, the payment for the lost one is paid back', async () => {
    const order = await booked();
    await order.event('shipment.lost');
    const again = `${parcelOf(order)}-2`;
    await order.until((v) => v.shipments.some((s) => s.id === again && s.status === 'booked'));
    await decide(order, 'abandon', `awaitDispatch:${again}`);
    const end = await order.end();
    expect(end.view).toMatchObject({
      status: 'cancelled',
      failure: { code: 'lost_in_transit' },
      payment: { captured: 2990, refunded: 2990, authorized: 0 },
    });
    expect(order.services.carrier.bookings.get(again)).toBe('cancelled');
    expectEnded(order, end);
  });

  it('cannot be retried, and a wait with its own deadline cannot be skipped', async () => {
    const order = await booked();
    expect(await order.refused('resolve', { action: 'retry', step: `awaitDispatch:${parcelOf(order)}` })).toMatchObject(
      { code: 'wrong_status', orderStatus: 'confirmed', possible: ['cancel', 'resolve'] },
    );
    const unpaid = await orders.place({ order: payLater });
    await unpaid.until((v) => v.status === 'awaiting_payment');
    const step = 'authorizePayment';
    expect((await unpaid.refused('resolve', { action: 'skip', step })).code).toBe('not_skippable');
    expect((await unpaid.refused('resolve', { action: 'abandon', step })).code).toBe('wrong_status');
    expect((await unpaid.view()).possible).not.toContain('resolve');
  });
});

describe('an order of which nothing arrived', () => {
  const lostAlone = { order: { lines: [{ sku: 'rare', quantity: 1, unitPrice: 1000 }] }, stock: { rare: { east: 1 } } };

  it('ends with all its money back, even if an operator abandons the recovery of a parcel', async () => {
    let refusing = true;
    const order = await booked({
      ...lostAlone,
      services: {
        'payment.refund': (_input, healthy) => (refusing ? Promise.reject(refusal('closed')) : healthy()),
      },
    });
    await order.event('shipment.lost');
    const { failure } = await order.until((v) => v.status === 'needs_attention');
    refusing = false;
    await decide(order, 'abandon', failure!.step);
    const end = await order.end();
    expect(end.view).toMatchObject({
      status: 'cancelled',
      failure: { code: 'lost_in_transit' },
      payment: { captured: 1490, refunded: 1490, authorized: 0 },
    });
    expectEnded(order, end);
  });

  it('is not completed when an operator skips the step that settles the payment', async () => {
    const order = await booked({
      ...lostAlone,
      services: { 'payment.settle': () => Promise.reject(refusal('closed')) },
    });
    await order.event('shipment.returned');
    await order.until((v) => v.status === 'needs_attention');
    await decide(order, 'skip', 'signForDelivery');
    const end = await order.end();
    expect(end.view).toMatchObject({ status: 'cancelled', failure: { code: 'returned_to_sender' } });
    expectEnded(order, end);
  });
});

describe('a notice that is stuck after the end', () => {
  const stuckAtTheEnd = async (behave: Outage['behave']) => {
    const order = await orders.place({
      input: { stepRetryBudgetMs: 30 * day },
      services: {
        'notification.notify': (input, healthy) =>
          ['completed', 'cancelled'].includes(input.event) ? behave(input, healthy) : healthy(),
      },
    });
    await order.until((v) => v.status === 'confirmed' && v.shipments[0]?.status === 'booked');
    return order;
  };

  it.each(['completed', 'cancelled'] as const)('of a %s order is skipped, and the run closes', async (how) => {
    const order = await stuckAtTheEnd(new Outage().behave);
    if (how === 'completed') await order.event('shipment.delivered', { signedBy: 'A' });
    else await order.command('cancel', {});
    const step = how === 'completed' ? 'notifyCompleted' : 'notifyEnded';
    const view = await order.until((v) => v.status === how && stepOf(v, step).failure !== undefined);
    expect(view.possible).toEqual(how === 'completed' ? ['resolve', 'return'] : ['resolve']);
    expect((await order.refused('resolve', { action: 'retry', step: 'reserveStock' }, operator)).code).toBe(
      'order_ended',
    );
    const asked = await orders.now();
    await decide(order, 'skip', step);
    const end = await order.end();
    expect(Date.parse(end.view.updatedAt)).toBeLessThan(asked + day);
    expect(stepOf(end.view, step).state).toBe('skipped');
    expect(end.view.possible).toEqual(how === 'completed' ? ['return'] : []);
    expectEnded(order, end);
  });

  it('is made again at once by a retry', async () => {
    const outage = new Outage();
    const order = await stuckAtTheEnd(outage.behave);
    await order.event('shipment.delivered', { signedBy: 'A' });
    await order.until((v) => v.status === 'completed' && v.possible.includes('resolve'));
    // The next attempt is now half a minute away.
    await orders.sleep(10 * minute);
    outage.down = false;
    await decide(order, 'retry', 'notifyCompleted');
    expect(stepOf((await order.end()).view, 'notifyCompleted').state).toBe('done');
  });
});
