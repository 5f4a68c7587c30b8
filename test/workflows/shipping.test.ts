import { describe, expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { expectEnded } from './expectations.js';
import { Gate, Outage, refusal } from './misbehaviour.js';
import { day, testOrders, vaseAndLamp } from './test-orders.js';
import type { Setup, TestOrder } from './test-orders.js';

const orders = testOrders();

const east = (order: TestOrder) => `${order.id}-east`;
const west = (order: TestOrder) => `${order.id}-west`;
const shipment = (view: OrderView, id: string) => view.shipments.find((s) => s.id === id)!;

async function booked(setup: Setup = {}): Promise<TestOrder> {
  const order = await orders.place(setup);
  await order.until((v) => v.shipments.length > 0 && v.shipments.every((s) => s.status === 'booked'));
  return order;
}
const twoBooked = (setup: Setup = {}) => booked({ ...setup, order: { ...vaseAndLamp, ...setup.order } });

async function dispatched(order: TestOrder): Promise<void> {
  await order.event('shipment.dispatched');
  await order.until((v) => v.shipments.every((s) => s.status === 'dispatched') && v.payment.authorized === 0);
}

async function expectCompleted(order: TestOrder): Promise<OrderView> {
  const end = await order.end();
  expect(end.view.status).toBe('completed');
  expect(end.run).toEqual({ closed: 'completed' });
  expectEnded(order, end);
  return end.view;
}

describe('two parcels', () => {
  it('are independent; each is paid for when it leaves, and together they make the total', async () => {
    const order = await twoBooked({
      order: { ...vaseAndLamp, adjustments: [{ kind: 'discount', label: 'ten', amount: -101 }] },
    });
    await order.event('shipment.dispatched', { shipmentId: west(order), trackingNumber: 'W' });
    // 1000 + (400 - 101) * 1000 / 4000 = 1074.75. The remainder goes to the first parcel.
    const one = await order.until((v) => v.payment.captured > 0);
    expect(one.payment).toMatchObject({ captured: 1074, authorized: 4299 - 1074, status: 'partially_captured' });
    expect(one.status).toBe('shipping');
    expect(shipment(one, east(order)).status).toBe('booked');
    await order.event('shipment.delivered', { shipmentId: west(order), signedBy: 'A' });
    const arrived = await order.until((v) => shipment(v, west(order)).status === 'delivered');
    expect(arrived.status).toBe('shipping');
    await order.event('shipment.dispatched', { shipmentId: east(order) });
    await order.event('shipment.delivered', { shipmentId: east(order), signedBy: 'B' });
    const view = await expectCompleted(order);
    expect(view.payment).toMatchObject({ captured: 4299, authorized: 0, status: 'captured' });
    expect(order.services.callsOf('payment.capture').map((c) => c.input.amount)).toEqual([1074, 3225]);
    expect(view.shipments.map((s) => [s.id, s.status, s.signedBy])).toEqual([
      [east(order), 'delivered', 'B'],
      [west(order), 'delivered', 'A'],
    ]);
  });

  it('overlap: neither waits for the other, and the fan-out spans both', async () => {
    const order = await twoBooked();
    await order.event('shipment.delivered', { signedBy: 'A' });
    const view = await expectCompleted(order);
    const step = (id: string) => view.steps.find((s) => s.id === id)!;
    for (const first of [step(`bookParcel:${east(order)}`), step(`bookParcel:${west(order)}`)]) {
      expect(first.dependsOn).toEqual(['confirmOrder']);
    }
    expect(step('signForDelivery').dependsOn).toEqual(['ship']);
    expect(step('ship').startedAt! <= step(`bookParcel:${east(order)}`).startedAt!).toBe(true);
    expect(step('ship').finishedAt! >= step(`awaitDelivery:${west(order)}`).finishedAt!).toBe(true);
    expect(view.timing!.criticalPath).not.toContain('ship');
    expect(view.timing!.criticalPath.some((id) => id.startsWith('bookParcel:'))).toBe(true);
  });
});

describe('events', () => {
  it('a delivery without a dispatch is also a dispatch', async () => {
    const order = await booked();
    await order.event('shipment.delivered', { signedBy: 'A' }, { timestamp: '2019-05-05T05:05:05.000Z' });
    const view = await expectCompleted(order);
    expect(view.shipments[0]).toMatchObject({
      status: 'delivered',
      dispatchedAt: '2019-05-05T05:05:05.000Z',
      deliveredAt: '2019-05-05T05:05:05.000Z',
    });
    expect(view.payment.captured).toBe(2990);
  });

  it('count before the order waits for them, in any order, and once', async () => {
    const gate = new Gate();
    const order = await orders.place({ services: { 'payment.authorize': gate.behave } });
    await order.event('shipment.delivered', { signedBy: 'A' }, { id: 'd', timestamp: '2020-02-02T00:00:00.000Z' });
    await order.event('shipment.dispatched', { trackingNumber: 'T' }, { timestamp: '2020-02-01T00:00:00.000Z' });
    await order.event('shipment.delivered', { signedBy: 'Z' }, { id: 'd', timestamp: '2021-02-02T00:00:00.000Z' });
    gate.open();
    const view = await expectCompleted(order);
    expect(view.shipments[0]).toMatchObject({
      dispatchedAt: '2020-02-01T00:00:00.000Z',
      deliveredAt: '2020-02-02T00:00:00.000Z',
      trackingNumber: 'T',
      signedBy: 'A',
    });
    expect(order.services.callsOf('payment.capture').filter((c) => c.outcome === 'ok')).toHaveLength(1);
  });

  it('add their facts after the order has been signed for, as long as its run is open', async () => {
    const gate = new Gate();
    const order = await booked({
      services: {
        'notification.notify': (input, healthy) =>
          input.event === 'completed' ? gate.behave(input, healthy) : healthy(),
      },
    });
    await order.event('shipment.delivered', { signedBy: 'A' }, { timestamp: '2020-02-02T00:00:00.000Z' });
    await order.until((v) => v.status === 'completed');
    await order.event('shipment.dispatched', { trackingNumber: 'T' }, { timestamp: '2020-02-01T00:00:00.000Z' });
    const facts = { dispatchedAt: '2020-02-01T00:00:00.000Z', trackingNumber: 'T' };
    await order.until((v) => v.shipments[0]!.trackingNumber === 'T');
    expect(order.services.view!.shipments[0]).toMatchObject(facts);
    gate.open();
    const view = await expectCompleted(order);
    expect(view.shipments[0]).toMatchObject(facts);
  });

  it('without a shipment apply to every parcel that is not lost or returned', async () => {
    const order = await twoBooked();
    await dispatched(order);
    await order.event('shipment.returned', { shipmentId: west(order) });
    await order.until((v) => v.payment.refunded > 0);
    await order.event('shipment.delivered', { signedBy: 'A' });
    const view = await expectCompleted(order);
    expect(view.shipments.map((s) => s.status)).toEqual(['delivered', 'returned']);
  });
});

describe('signing for delivery', () => {
  async function delivered(): Promise<TestOrder> {
    const order = await booked();
    await order.event('shipment.delivered');
    const view = await order.until((v) => v.status === 'delivered');
    expect(view.possible).toEqual(['receipt', 'resolve']);
    expect(view.endedAt).toBeUndefined();
    return order;
  }

  it('by the customer', async () => {
    const order = await delivered();
    await order.command('receipt', {});
    const view = await expectCompleted(order);
    expect(order.services.told).toContain('delivered');
    expect(Date.parse(view.endedAt!) - Date.parse(view.placedAt)).toBeLessThan(day);
  });

  it('by the customer while it is still on its way', async () => {
    const order = await booked();
    await dispatched(order);
    await order.command('receipt', {});
    await order.event('shipment.delivered');
    await expectCompleted(order);
  });

  it('by the customer while a capture needs attention', async () => {
    const payment = new Outage();
    const order = await booked({ services: { 'payment.capture': payment.behave } });
    await order.event('shipment.delivered');
    await orders.sleep(2 * 60_000);
    const view = await order.until((v) => v.status === 'needs_attention');
    expect(view.possible).toEqual(['receipt', 'resolve']);
    await order.command('receipt', {});
    payment.down = false;
    await order.command('resolve', { action: 'retry', step: `capturePayment:${east(order)}` }, { role: 'operator' });
    const end = await expectCompleted(order);
    expect(Date.parse(end.endedAt!) - Date.parse(end.placedAt)).toBeLessThan(day);
  });

  it("by the carrier's later news", async () => {
    const order = await delivered();
    await order.event('shipment.delivered', { signedBy: 'A' });
    expect((await expectCompleted(order)).shipments[0]!.signedBy).toBe('A');
  });

  it('by nobody: after 14 days, and the return window starts then', async () => {
    const order = await delivered();
    const view = await expectCompleted(order);
    const took = Date.parse(view.endedAt!) - Date.parse(view.placedAt);
    expect(took).toBeGreaterThanOrEqual(14 * day);
    expect(took).toBeLessThan(14 * day + 60_000);
    expect(Date.parse(view.returnableUntil!) - Date.parse(view.endedAt!)).toBe(30 * day);
  });
});

describe('a lost parcel', () => {
  it('is sent again from where there is stock, and not paid for twice', async () => {
    const order = await booked();
    await dispatched(order);
    await order.event('shipment.lost');
    const again = `${east(order)}-2`;
    const view = await order.until((v) => shipment(v, again)?.status === 'booked');
    expect(view.status).toBe('shipping');
    expect(shipment(view, east(order)).status).toBe('lost');
    await order.event('shipment.dispatched', { shipmentId: again });
    await order.event('shipment.delivered', { shipmentId: again, signedBy: 'A' });
    const end = await expectCompleted(order);
    expect(end.payment).toMatchObject({ captured: 2990, refunded: 0 });
    expect(end.shipments.map((s) => [s.id, s.status])).toEqual([
      [east(order), 'lost'],
      [again, 'delivered'],
    ]);
    expect(order.services.inventory.held('committed')).toBe(2);
    expect(order.services.inventory.held('lost')).toBe(2);
  });

  it('is lost twice: the third parcel arrives', async () => {
    const order = await booked();
    await dispatched(order);
    await order.event('shipment.lost');
    await order.until((v) => v.shipments.some((s) => s.id.endsWith('-2') && s.status === 'booked'));
    await order.event('shipment.lost');
    await order.until((v) => v.shipments.some((s) => s.id.endsWith('-3') && s.status === 'booked'));
    await order.event('shipment.delivered', { signedBy: 'A' });
    const view = await expectCompleted(order);
    expect(view.shipments.map((s) => s.status)).toEqual(['lost', 'lost', 'delivered']);
    expect(view.payment).toMatchObject({ captured: 2990, refunded: 0 });
  });

  it('is paid back where there is no stock: its share, and the other parcel goes on', async () => {
    const order = await twoBooked({ stock: { vase: { east: 1 }, lamp: { west: 1 } } });
    await dispatched(order);
    await order.event('shipment.lost', { shipmentId: west(order) });
    const view = await order.until((v) => v.payment.refunded > 0);
    expect(view.payment).toMatchObject({ captured: 4400, refunded: 1100, status: 'partially_refunded' });
    await order.event('shipment.delivered', { shipmentId: east(order), signedBy: 'A' });
    const end = await expectCompleted(order);
    expect(end.payment).toMatchObject({ captured: 4400, refunded: 1100 });
    expect(order.services.told).toContain('refunded');
  });

  it('without stock and without another parcel: cancelled, all money back', async () => {
    const order = await booked({
      order: { lines: [{ sku: 'rare', quantity: 1, unitPrice: 1000 }] },
      stock: { rare: { east: 1 } },
    });
    await dispatched(order);
    await order.event('shipment.lost');
    const end = await order.end();
    expect(end.view).toMatchObject({ status: 'cancelled', failure: { code: 'lost_in_transit' } });
    expect(end.view.payment).toMatchObject({ captured: 1490, refunded: 1490, status: 'refunded', authorized: 0 });
    expectEnded(order, end);
  });
});

describe('a returned parcel', () => {
  it('is restocked and paid back, and the other one goes on', async () => {
    const order = await twoBooked();
    await dispatched(order);
    await order.event('shipment.returned', { shipmentId: east(order) });
    const view = await order.until((v) => v.payment.refunded > 0);
    expect(view.payment.refunded).toBe(3300);
    await order.event('shipment.delivered', { shipmentId: west(order), signedBy: 'A' });
    const end = await expectCompleted(order);
    expect(end.payment).toMatchObject({ captured: 4400, refunded: 3300 });
    const { inventory } = order.services;
    expect(inventory.available.vase).toEqual(inventory.initial.vase);
    expect(inventory.held('committed')).toBe(1);
  });

  it('without news of its dispatch counts as dispatched', async () => {
    const order = await booked();
    await order.event('shipment.returned');
    const end = await order.end();
    expect(end.view).toMatchObject({ status: 'cancelled', failure: { code: 'returned_to_sender' } });
    expect(end.view.payment).toMatchObject({ captured: 2990, refunded: 2990 });
    expectEnded(order, end);
  });
});

describe('after the dispatch nothing is undone automatically', () => {
  it('a rejected capture needs attention, and is retried once the payment service is repaired', async () => {
    let refusing = true;
    const order = await booked({
      services: {
        'payment.capture': (_input, healthy) => (refusing ? Promise.reject(refusal('capture_refused')) : healthy()),
      },
    });
    await order.event('shipment.dispatched');
    const view = await order.until((v) => v.status === 'needs_attention');
    const step = `capturePayment:${east(order)}`;
    expect(view.failure).toMatchObject({ code: 'capture_refused', step });
    expect(view.possible).toContain('resolve');
    expect(view.possible).not.toContain('cancel');
    expect((await order.refused('cancel', {}, { role: 'operator' })).code).toBe('not_cancellable');
    refusing = false;
    const answered = await order.viewAfter('resolve', { action: 'retry', step }, { role: 'operator' });
    expect(answered.failure).toBeUndefined();
    await order.until((v) => v.status === 'shipping' && v.payment.captured === 2990);
    await order.event('shipment.delivered', { signedBy: 'A' });
    await expectCompleted(order);
    // The retry has a new key, because the answer kept for the first key is a rejection.
    const keys = order.services.callsOf('payment.capture').map((c) => c.key);
    expect(new Set(keys).size).toBe(2);
  });

  it('a capture that is abandoned is not refunded either', async () => {
    const order = await booked({ services: { 'payment.capture': () => Promise.reject(refusal('capture_refused')) } });
    await order.event('shipment.dispatched');
    await order.until((v) => v.status === 'needs_attention');
    await order.command('resolve', { action: 'abandon', step: `capturePayment:${east(order)}` }, { role: 'operator' });
    await order.event('shipment.returned');
    const end = await order.end();
    expect(end.view).toMatchObject({ status: 'cancelled', failure: { code: 'returned_to_sender' } });
    expect(end.view.payment).toMatchObject({ captured: 0, refunded: 0, authorized: 0 });
    expectEnded(order, end);
  });

  it('a parcel that cannot be booked is abandoned: only that parcel is undone', async () => {
    const order = await orders.place({
      order: vaseAndLamp,
      services: {
        'shipping.book': (input, healthy) =>
          input.shipmentId.endsWith('west') ? new Outage().behave(input, healthy) : healthy(),
      },
    });
    await order.until((v) => shipment(v, east(order))?.status === 'booked');
    await order.event('shipment.dispatched', { shipmentId: east(order) });
    await order.until((v) => v.status === 'shipping' && v.payment.captured === 3300);
    await orders.sleep(2 * 60_000);
    const view = await order.until((v) => v.status === 'needs_attention');
    expect(view.failure).toMatchObject({ code: 'service_unavailable', step: `bookParcel:${west(order)}` });
    await order.command('resolve', { action: 'abandon', step: `bookParcel:${west(order)}` }, { role: 'operator' });
    await order.event('shipment.delivered', { shipmentId: east(order), signedBy: 'A' });
    const end = await expectCompleted(order);
    expect(end.payment).toMatchObject({ captured: 3300, authorized: 0, refunded: 0 });
    const { inventory } = order.services;
    expect(inventory.available.lamp).toEqual(inventory.initial.lamp);
    expect(inventory.held('committed')).toBe(1);
    expect(shipment(end, west(order)).status).toBe('cancelled');
  });
});
