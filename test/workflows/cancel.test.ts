import { describe, expect, it } from 'vitest';
import type { OrderStatus } from '../../contracts/statuses.js';
import { expectEnded, expectNothingLeft } from './expectations.js';
import { Gate, Outage, refusal, refuses } from './misbehaviour.js';
import { payLater, testOrders, vaseAndLamp } from './test-orders.js';
import type { RecordedCall } from './fake-services.js';
import type { Setup, TestOrder } from './test-orders.js';
import type { ActivityName } from '../../activities/index.js';

const orders = testOrders();

const isUndo = ({ operation }: RecordedCall) => /\.(release|void|uncommit|cancel)$/.test(operation);

async function expectCancelled(order: TestOrder, code = 'cancelled_by_customer'): Promise<void> {
  const end = await order.end();
  expect(end.run).toEqual({ closed: 'completed' });
  expect(end.view).toMatchObject({ status: 'cancelled', failure: { code } });
  expectEnded(order, end);
  expectNothingLeft(order, end.view);
}

const twoBooked = async (setup: Setup = {}): Promise<TestOrder> => {
  const order = await orders.place({ order: vaseAndLamp, ...setup });
  await order.until((v) => v.shipments.length === 2 && v.shipments.every((s) => s.status === 'booked'));
  return order;
};

describe('cancelling while a call', () => {
  const changing: ActivityName[] = ['inventory.reserve', 'payment.authorize', 'inventory.commit', 'shipping.book'];

  it.each(changing)('%s hangs: its late effect is undone', async (operation) => {
    const gate = new Gate();
    const order = await orders.place({ services: { [operation]: gate.behave } });
    await order.untilCalled(operation, 2);
    const view = await order.viewAfter('cancel', {});
    expect(view.failure).toMatchObject({ code: 'cancelled_by_customer' });
    expect(view.possible).not.toContain('cancel');
    expect(view.status).toBe(operation === 'shipping.book' ? 'confirmed' : 'placed');
    gate.open();
    await expectCancelled(order);
    // The order waited for the queued attempt in flight, and made no other.
    expect(order.services.callsOf(operation).filter((c) => !c.local)).toMatchObject([{ outcome: 'ok' }]);
  });

  it.each(changing)('%s fails and waits for its retry: it is not made again', async (operation) => {
    const outage = new Outage();
    const order = await orders.place({ services: { [operation]: outage.behave } });
    await order.untilCalled(operation, 3);
    await order.command('cancel', {});
    await expectCancelled(order);
    expect(outage.missed).toBeLessThanOrEqual(4);
  });

  it('is a local activity', async () => {
    const gate = new Gate();
    const order = await orders.place({ services: { 'payment.authorize': gate.behave } });
    await order.untilCalled('payment.authorize');
    await order.command('cancel', {});
    gate.open();
    await expectCancelled(order);
  });
});

// The answer of the call that is never sent comes within the task, and the history does not have the cancel yet.
it.each(['inventory.reserve', 'payment.screen', 'payment.authorize', 'inventory.commit', 'shipping.book'] as const)(
  'cancelling in the task in which %s fails: what undoes it is queued',
  async (operation) => {
    const order = await orders.place({ services: { [operation]: new Outage().behave }, cancelled: true });
    await expectCancelled(order);
    const { calls } = order.services;
    const after = calls.slice(calls.findIndex((c) => c.outcome === 'service_fault') + 1);
    // Before parcels are undone that the order knows nothing of, inventory is asked for them.
    const undos = after.filter((call) => isUndo(call) || call.operation === 'inventory.parcels');
    expect(undos[0]).toMatchObject({ local: false });
    expect(order.services.callsOf(operation)).toHaveLength(1);
  },
);

describe('cancelling while it waits', () => {
  it.each([
    ['awaiting_payment', { order: payLater }],
    ['awaiting_review', { services: { 'payment.screen': () => Promise.resolve({ outcome: 'review' as const }) } }],
    ['awaiting_customer', { order: { lines: [{ sku: 'rare', quantity: 3, unitPrice: 1000 }] } }],
    ['confirmed', {}],
  ] as [OrderStatus, Setup][])('%s', async (status, setup) => {
    const order = await orders.place(setup);
    await order.until((v) => v.status === status);
    const view = await order.viewAfter('cancel', { reason: 'changed my mind' });
    expect(view).toMatchObject({ failure: { code: 'cancelled_by_customer' } });
    await expectCancelled(order);
  });

  it('for review and for the customer at the same time', async () => {
    const order = await orders.place({
      order: { lines: [{ sku: 'rare', quantity: 3, unitPrice: 1000 }] },
      services: { 'payment.screen': () => Promise.resolve({ outcome: 'review' as const }) },
    });
    await order.until((v) => v.steps.filter((s) => s.state === 'waiting').length === 2);
    await order.command('cancel', {});
    await expectCancelled(order);
    expect(order.services.callsOf('payment.void')).toEqual([]);
  });
});

describe('cancelling a confirmed order', () => {
  it('undoes in reverse order: bookings, sale, hold, reservation', async () => {
    const order = await twoBooked();
    await order.command('cancel', {});
    await expectCancelled(order);
    const effects = order.services.effects.filter((e) => !e.startsWith('notification.'));
    expect(effects.slice(effects.indexOf('shipping.cancel'))).toEqual([
      'shipping.cancel',
      'shipping.cancel',
      'inventory.uncommit',
      'payment.void',
      'inventory.release',
    ]);
  });

  it('shows the undo: the status stays, the failure says why, steps are undoing', async () => {
    const gate = new Gate();
    const order = await orders.place({ services: { 'payment.void': gate.behave } });
    await order.until((v) => v.shipments[0]?.status === 'booked');
    await order.command('cancel', {}, { role: 'operator' });
    const view = await order.until((v) => v.steps.some((s) => s.id === 'authorizePayment' && s.state === 'undoing'));
    expect(view).toMatchObject({
      status: 'confirmed',
      failure: { code: 'cancelled_by_operator', step: `awaitDispatch:${order.id}-east` },
      shipments: [{ status: 'cancelled' }],
    });
    expect(view.possible).not.toContain('cancel');
    const state = (id: string) => view.steps.find((s) => s.id === id)!.state;
    expect(state(`bookParcel:${order.id}-east`)).toBe('undone');
    expect(state('confirmOrder')).toBe('undone');
    expect(state('reserveStock')).toBe('done');
    expect(state('signForDelivery')).toBe('pending');
    expect((await order.refused('cancel', {})).code).toBe('not_cancellable');
    gate.open();
    await expectCancelled(order, 'cancelled_by_operator');
  });

  it('is refused once one of two parcels is out, and the order goes on', async () => {
    const order = await twoBooked();
    await order.event('shipment.dispatched', { shipmentId: `${order.id}-east` });
    await order.until((v) => v.status === 'shipping');
    expect(await order.refused('cancel', {})).toMatchObject({
      code: 'not_cancellable',
      orderStatus: 'shipping',
      possible: ['receipt', 'resolve'],
    });
    await order.event('shipment.delivered', { signedBy: 'A. Customer' });
    const end = await order.end();
    expect(end.view).toMatchObject({ status: 'completed', payment: { captured: 4400, authorized: 0 } });
    expectEnded(order, end);
  });
});

describe("a Cancel from Temporal's own tools", () => {
  it("is an operator's cancel", async () => {
    const order = await twoBooked();
    await order.handle.cancel();
    await expectCancelled(order, 'cancelled_by_operator');
  });

  it('is taken when it arrives with the start', async () => {
    const order = await orders.place();
    await order.handle.cancel();
    await expectCancelled(order, 'cancelled_by_operator');
  });

  it('changes nothing once a parcel is out', async () => {
    const order = await orders.place();
    await order.event('shipment.dispatched');
    await order.until((v) => v.status === 'shipping');
    await order.handle.cancel();
    await order.event('shipment.delivered', { signedBy: 'A. Customer' });
    const end = await order.end();
    expect(end.view.status).toBe('completed');
    expectEnded(order, end);
  });

  it('that is not taken does not block a receipt', async () => {
    const order = await orders.place();
    await order.event('shipment.dispatched');
    await order.until((v) => v.status === 'shipping');
    await order.handle.cancel();
    await order.event('shipment.delivered');
    await order.until((v) => v.status === 'delivered');
    await order.command('receipt', {});
    const end = await order.end();
    expect(end.view.status).toBe('completed');
    expectEnded(order, end);
  });

  it.each(['retry', 'abandon'] as const)('that is not taken does not block a repair by %s', async (action) => {
    let refusing = true;
    const order = await orders.place({
      services: {
        'payment.capture': (_input, healthy) => (refusing ? Promise.reject(refusal('closed')) : healthy()),
      },
    });
    await order.event('shipment.dispatched');
    const { failure } = await order.until((v) => v.status === 'needs_attention');
    await order.handle.cancel();
    refusing = false;
    await order.command('resolve', { action, step: failure!.step }, { role: 'operator' });
    await order.event('shipment.delivered', { signedBy: 'A. Customer' });
    const end = await order.end();
    expect(end.view).toMatchObject({
      status: 'completed',
      payment: { captured: action === 'retry' ? 2990 : 0, authorized: 0 },
    });
    expectEnded(order, end);
  });

  it('that is taken still allows a repair of the undo, and a second cancel is refused', async () => {
    let refusing = true;
    const order = await twoBooked({
      services: {
        'payment.void': (_input, healthy) => (refusing ? Promise.reject(refusal('closed')) : healthy()),
      },
    });
    await order.handle.cancel();
    await order.until((v) => v.status === 'needs_attention');
    expect((await order.refused('cancel', {})).code).toBe('not_cancellable');
    refusing = false;
    await order.command('resolve', { action: 'retry', step: 'authorizePayment' }, { role: 'operator' });
    await expectCancelled(order, 'cancelled_by_operator');
  });
});

describe('the carrier has already fetched a parcel when the order cancels the booking', () => {
  const both = ['east', 'west'] as const;

  it.each([
    ['first', 'west', 'east'],
    ['last', 'east', 'west'],
  ] as const)('its answer comes %s: the order goes on for that parcel alone', async (_when, out, held) => {
    const gate = new Gate();
    const order = await orders.place({
      order: vaseAndLamp,
      services: {
        // The one behind the gate answers last.
        'shipping.cancel': (input, healthy) =>
          input.shipmentId.endsWith(_when === 'first' ? held : out) ? gate.behave(input, healthy) : healthy(),
      },
    });
    await order.until((v) => v.shipments.length === 2 && v.shipments.every((s) => s.status === 'booked'));
    order.services.carrier.fetch(`${order.id}-${out}`);
    const view = await order.viewAfter('cancel', {});
    expect(view.failure).toMatchObject({ code: 'cancelled_by_customer' });
    await order.untilCalled('shipping.cancel', 2);
    gate.open();

    const going = await order.until((v) => v.status === 'shipping' && v.payment.captured > 0);
    expect(going.failure).toBeUndefined();
    expect(going.possible).not.toContain('cancel');
    expect(going.shipments.find((s) => s.warehouse === held)).toMatchObject({ status: 'cancelled' });
    const gone = going.shipments.find((s) => s.warehouse === out)!;
    expect(gone.status).toBe('dispatched');
    expect(gone.dispatchedAt).toBeDefined();
    const share = { east: 3300, west: 1100 }[out];
    expect(going.payment.captured).toBe(share);

    await order.event('shipment.dispatched', { shipmentId: `${order.id}-${out}` });
    await order.event('shipment.delivered', { signedBy: 'A. Customer' }, { timestamp: '2020-01-05T00:00:00.000Z' });
    const end = await order.end();
    expect(end.view).toMatchObject({ status: 'completed', payment: { captured: share, authorized: 0, refunded: 0 } });
    expect(end.view.shipments.find((s) => s.warehouse === out)).toMatchObject({
      status: 'delivered',
      dispatchedAt: '2020-01-02T03:04:05.000Z',
      deliveredAt: '2020-01-05T00:00:00.000Z',
    });
    expectEnded(order, end);
    const { inventory } = order.services;
    expect(inventory.held('committed')).toBe(1);
    expect(inventory.held('reserved')).toBe(0);
    const sku = { east: 'vase', west: 'lamp' }[held];
    expect(inventory.available[sku]).toEqual(inventory.initial[sku]);
  });

  it('both parcels: nothing is undone', async () => {
    const order = await twoBooked();
    for (const w of both) order.services.carrier.fetch(`${order.id}-${w}`);
    await order.command('cancel', {});
    await order.until((v) => v.status === 'shipping' && v.payment.captured === 4400);
    await order.event('shipment.delivered', { signedBy: 'A. Customer' });
    const end = await order.end();
    expect(end.view.status).toBe('completed');
    expectEnded(order, end);
    expect(order.services.callsOf('payment.void')).toEqual([]);
  });
});

describe('news of a dispatch overtakes the undo of the booking', () => {
  /** Expects that the order goes on for this parcel: the parcel is paid for, and nothing is given back. */
  async function expectGoesOn(order: TestOrder, captured: number): Promise<void> {
    const going = await order.until((v) => v.status === 'shipping' && v.payment.captured > 0);
    expect(going.failure).toBeUndefined();
    expect(going.payment).toMatchObject({ captured });
    expect(going.shipments[0]).toMatchObject({
      status: 'dispatched',
      dispatchedAt: '2020-01-02T03:04:05.000Z',
      trackingNumber: 'T',
    });
    await order.event('shipment.delivered', { signedBy: 'A. Customer' });
    const end = await order.end();
    expect(end.view).toMatchObject({ status: 'completed', payment: { captured, authorized: 0, refunded: 0 } });
    expectEnded(order, end);
    expect(order.services.callsOf('payment.void')).toEqual([]);
    expect(order.services.callsOf('inventory.uncommit')).toEqual([]);
  }

  it('while it waits for a carrier that does not answer', async () => {
    const carrier = new Outage();
    const order = await orders.place({ services: { 'shipping.cancel': carrier.behave } });
    await order.until((v) => v.shipments[0]?.status === 'booked');
    await order.command('cancel', {});
    await order.untilCalled('shipping.cancel', 2);
    await order.event('shipment.dispatched', { trackingNumber: 'T' });
    await expectGoesOn(order, 2990);
    expect(order.services.callsOf('inventory.release')).toEqual([]);
    expect(carrier.missed).toBeLessThanOrEqual(4);
  });

  it('while it waits for an operator', async () => {
    const order = await orders.place({ services: { 'shipping.cancel': refuses('no_such_booking') } });
    await order.until((v) => v.shipments[0]?.status === 'booked');
    await order.command('cancel', {});
    await order.until((v) => v.status === 'needs_attention');
    await order.event('shipment.dispatched', { trackingNumber: 'T' });
    await expectGoesOn(order, 2990);
  });

  it('before it begins: the carrier is not asked, and the other parcel is undone alone', async () => {
    const gate = new Gate();
    const order = await orders.place({
      order: vaseAndLamp,
      services: {
        'shipping.book': (input, healthy) =>
          input.shipmentId.endsWith('west') ? gate.behave(input, healthy) : healthy(),
      },
    });
    await order.until((v) => v.shipments[0]?.status === 'booked');
    await order.untilCalled('shipping.book', 3);
    await order.command('cancel', {});
    await order.event('shipment.dispatched', { shipmentId: `${order.id}-east`, trackingNumber: 'T' });
    gate.open();
    await expectGoesOn(order, 3300);
    expect(order.services.callsOf('shipping.cancel').every((c) => String(c.input.shipmentId).endsWith('west'))).toBe(
      true,
    );
    const { inventory } = order.services;
    expect(inventory.available.lamp).toEqual(inventory.initial.lamp);
    expect(inventory.held('committed')).toBe(1);
  });
});
