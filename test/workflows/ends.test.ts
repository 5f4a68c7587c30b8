import { describe, expect, it } from 'vitest';
import { expectEnded, expectNothingLeft } from './expectations.js';
import { refuses } from './misbehaviour.js';
import { day, minute, payLater, testOrders, vaseAndLamp } from './test-orders.js';
import type { End, Setup, TestOrder } from './test-orders.js';

const orders = testOrders();

const flagged = { 'payment.screen': () => Promise.resolve({ outcome: 'review' as const }) };
const threeOfWhichTwo = {
  order: { lines: [{ sku: 'rare', quantity: 3, unitPrice: 1000 }] },
  stock: { rare: { east: 2 } },
};

/** The steps at which an order waits for somebody. It extends its stock reservation first. */
const waits: { name: string; setup: Setup; step: string; undone: string[] }[] = [
  {
    name: 'the customer is asked',
    setup: threeOfWhichTwo,
    step: 'resolveShortage',
    undone: ['inventory.release'],
  },
  { name: 'an operator is asked', setup: { services: flagged }, step: 'review', undone: ['inventory.release'] },
  {
    name: 'the payment is awaited',
    setup: { order: payLater },
    step: 'authorizePayment',
    undone: ['payment.void', 'inventory.release'],
  },
];

interface EarlyEnd {
  name: string;
  setup: Setup;
  /** What happens to the order after it is placed. */
  act?: (order: TestOrder) => Promise<unknown>;
  ends: 'failed' | 'cancelled';
  code: string;
  step: string;
  /** Operations that take effect after the order cannot go on, in this sequence. */
  undone: string[];
  /** Milliseconds between placing the order and its end. */
  after?: number;
}

const earlyEnds: EarlyEnd[] = [
  {
    name: 'a line cannot be had at all',
    setup: { order: { lines: [{ sku: 'gone', quantity: 1, unitPrice: 500 }] } },
    ends: 'failed',
    code: 'out_of_stock',
    step: 'reserveStock',
    undone: ['inventory.release'],
  },
  {
    name: 'no such sku',
    setup: { order: { lines: [{ sku: 'unheard-of', quantity: 1, unitPrice: 500 }] } },
    ends: 'failed',
    code: 'unknown_sku',
    step: 'reserveStock',
    undone: ['inventory.release'],
  },
  {
    name: 'the card is declined',
    setup: { services: { 'payment.authorize': refuses('payment_declined') } },
    ends: 'failed',
    code: 'payment_declined',
    step: 'authorizePayment',
    undone: ['payment.void', 'inventory.release'],
  },
  {
    name: 'the screen finds fraud',
    setup: { services: { 'payment.screen': refuses('fraud_rejected') } },
    ends: 'failed',
    code: 'fraud_rejected',
    step: 'screenFraud',
    undone: ['inventory.release'],
  },
  {
    name: 'an operator rejects the review',
    setup: { services: flagged },
    act: async (order) => {
      await order.until((v) => v.status === 'awaiting_review');
      await order.command('review', { decision: 'reject' }, { role: 'operator' });
    },
    ends: 'failed',
    code: 'fraud_rejected',
    step: 'review',
    undone: ['inventory.release'],
  },
  {
    name: 'nobody pays in time',
    setup: { order: payLater },
    ends: 'cancelled',
    code: 'payment_deadline',
    step: 'authorizePayment',
    undone: ['payment.void', 'inventory.release'],
    after: 30 * minute,
  },
  {
    name: 'the customer does not decide in time',
    setup: threeOfWhichTwo,
    ends: 'cancelled',
    code: 'customer_deadline',
    step: 'resolveShortage',
    undone: ['inventory.release'],
    after: day,
  },
  {
    name: 'no operator reviews in time',
    setup: { services: flagged },
    ends: 'cancelled',
    code: 'review_deadline',
    step: 'review',
    undone: ['inventory.release'],
    after: day,
  },
  ...(['shop', 'operator'] as const).flatMap((role): EarlyEnd[] => [
    {
      name: `cancelled by ${role}`,
      setup: { order: payLater },
      act: async (order) => {
        await order.until((v) => v.status === 'awaiting_payment');
        await order.command('cancel', {}, { role });
      },
      ends: 'cancelled',
      code: role === 'shop' ? 'cancelled_by_customer' : 'cancelled_by_operator',
      step: 'authorizePayment',
      undone: ['payment.void', 'inventory.release'],
    },
    {
      name: `decision cancel by ${role}`,
      setup: threeOfWhichTwo,
      act: async (order) => {
        await order.until((v) => v.status === 'awaiting_customer');
        await order.command('decision', { decision: 'cancel' }, { role });
      },
      ends: 'cancelled',
      code: role === 'shop' ? 'cancelled_by_customer' : 'cancelled_by_operator',
      step: 'resolveShortage',
      undone: ['inventory.release'],
    },
  ]),
  {
    name: 'abandoned by an operator',
    setup: { services: { 'inventory.commit': refusedForever() } },
    act: async (order) => {
      await order.until((v) => v.possible.includes('resolve'));
      await order.command('resolve', { action: 'abandon', step: 'confirmOrder' }, { role: 'operator' });
    },
    ends: 'cancelled',
    code: 'cancelled_by_operator',
    step: 'confirmOrder',
    // A lost workflow task may have booked the parcel.
    undone: ['shipping.cancel', 'inventory.uncommit', 'payment.void', 'inventory.release'],
  },
  {
    name: 'the reservation expired and the pieces are gone',
    setup: { services: { 'inventory.commit': refuses('out_of_stock') } },
    ends: 'failed',
    code: 'out_of_stock',
    step: 'confirmOrder',
    undone: ['inventory.uncommit', 'payment.void', 'inventory.release'],
  },
  ...waits.map(({ name, setup, step, undone }): EarlyEnd => ({
    name: `the reservation expired and the pieces are gone before ${name}`,
    setup: { ...setup, services: { ...setup.services, 'inventory.renew': refuses('out_of_stock') } },
    ends: 'failed',
    code: 'out_of_stock',
    step,
    undone,
  })),
  {
    name: 'a refusal that no list of codes foresees',
    setup: { services: { 'shipping.book': refuses('undeliverable_address') } },
    ends: 'failed',
    code: 'undeliverable_address',
    step: 'bookParcel',
    undone: ['shipping.cancel', 'inventory.uncommit', 'payment.void', 'inventory.release'],
  },
];

function refusedForever() {
  return () => Promise.reject(new Error('answered 500'));
}

/** Every operation that took effect from the first undo on, without notifications. */
function undoing(order: TestOrder): string[] {
  const effects = order.services.effects.filter((e) => !e.startsWith('notification.'));
  const undos = ['inventory.release', 'inventory.uncommit', 'payment.void', 'shipping.cancel'];
  return effects.slice(effects.findIndex((e) => undos.includes(e)));
}

function expectRun(end: End, status: 'failed' | 'cancelled', code: string): void {
  expect(end.run).toEqual(status === 'failed' ? { closed: 'failed', type: code } : { closed: 'completed' });
}

describe('an order that ends early', () => {
  it.each(earlyEnds)('$ends $code: $name', async ({ setup, act, ends, code, step, undone, after }) => {
    const order = await orders.place(setup);
    await act?.(order);
    const end = await order.end();
    const { view } = end;
    expect(view.status).toBe(ends);
    expect(view.failure).toMatchObject({ code });
    expect(view.failure!.step.split(':')[0]).toBe(step);
    expectRun(end, ends, code);
    expectEnded(order, end);
    expectNothingLeft(order, view);
    expect(undoing(order)).toEqual(undone);
    expect(order.services.told.at(-1)).toBe(ends);
    if (after !== undefined) {
      const took = Date.parse(view.endedAt!) - Date.parse(view.placedAt);
      expect(took).toBeGreaterThanOrEqual(after);
      expect(took).toBeLessThan(after + minute);
    }
  });

  it('cancelled returned_to_sender: every parcel comes back', async () => {
    const order = await orders.place({ order: vaseAndLamp });
    await order.until((v) => v.status === 'confirmed' && v.shipments.every((s) => s.status === 'booked'));
    await order.event('shipment.dispatched');
    await order.until((v) => v.payment.captured === 4400);
    await order.event('shipment.returned');
    const end = await order.end();
    expect(end.view.status).toBe('cancelled');
    expect(end.view.failure).toMatchObject({ code: 'returned_to_sender', step: 'signForDelivery' });
    expectRun(end, 'cancelled', 'returned_to_sender');
    expectEnded(order, end);
    expect(end.view.payment).toMatchObject({ status: 'refunded', captured: 4400, refunded: 4400, authorized: 0 });
    expect(end.view.shipments.map((s) => s.status)).toEqual(['returned', 'returned']);
    const { inventory } = order.services;
    expect(inventory.available).toEqual(inventory.initial);
    expect(order.services.told.filter((e) => e === 'refunded')).toHaveLength(2);
    expect(order.services.told.at(-1)).toBe('cancelled');
  });
});
