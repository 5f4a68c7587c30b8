import { describe, expect, it } from 'vitest';
import type { OrderView, PlaceOrder } from '../../contracts/order.js';
import { expectNothingLeft } from './expectations.js';
import { Gate, Outage } from './misbehaviour.js';
import { minute, oneMug, payLater, testOrders } from './test-orders.js';
import type { Setup, TestOrder } from './test-orders.js';

const orders = testOrders();
const operator = { role: 'operator' } as const;
const flagged = { 'payment.screen': () => Promise.resolve({ outcome: 'review' as const }) };

/** The total is 3 x 1000 + 490 - 101 + 50 = 3439. Two of the three pieces are in stock. */
const short: Setup & { order: Partial<PlaceOrder> } = {
  order: {
    lines: [{ sku: 'rare', quantity: 3, unitPrice: 1000 }],
    adjustments: [
      { kind: 'discount', label: 'off', amount: -101 },
      { kind: 'tax', label: 'vat', amount: 50 },
    ],
  },
  stock: { rare: { east: 2 }, mug: { east: 10 } },
};

const confirmed = (order: TestOrder): Promise<OrderView> =>
  order.until((v) => v.status === 'confirmed' && v.shipments.every((s) => s.status === 'booked'));

it('an Update adds little to the history, even for a large order', async () => {
  const lines = Array.from({ length: 200 }, (_, i) => ({ sku: `sku-${i}`, quantity: 1, unitPrice: 100 }));
  const stock = Object.fromEntries(lines.map(({ sku }) => [sku, { east: 1 }]));
  const order = await orders.place({ order: { ...payLater, lines }, stock });
  await order.until((v) => v.status === 'awaiting_payment');
  const answer = await order.command('amend', {
    shippingAddress: { ...oneMug.shippingAddress, line1: 'Side Street 2' },
  });
  expect(answer).toEqual({ fingerprint: 'x', revision: order.services.publications.length });
  const { events } = await order.handle.fetchHistory();
  const completed = events!.flatMap((e) => e.workflowExecutionUpdateCompletedEventAttributes ?? []);
  expect(completed.map((c) => c.outcome!.success!.payloads![0]!.data!.length < 100)).toEqual([true]);
  await order.command('cancel', {});
  await order.end();
});

describe('a shortage', () => {
  const waiting = async (setup: Setup = short): Promise<TestOrder> => {
    const order = await orders.place(setup);
    const view = await order.until((v) => v.status === 'awaiting_customer');
    expect(view.possible).toEqual(['cancel', 'decision', 'amend']);
    return order;
  };

  it('shows what is in stock; once the customer accepts, only that is charged and shipped', async () => {
    const order = await waiting();
    const { view } = { view: order.services.view! };
    expect(view.lines).toMatchObject([{ sku: 'rare', quantity: 3, reserved: 2 }]);
    expect(view.total).toBe(3439);
    await order.command('decision', { decision: 'accept_partial' });
    const after = await confirmed(order);
    // 2000 + 490 - 67 (of 67.33) + 33 (of 33.33)
    expect(after.total).toBe(2456);
    expect(after.lines).toMatchObject([{ quantity: 2, reserved: 2 }]);
    expect(after.adjustments.map((a) => a.amount)).toEqual([-67, 33]);
    expect(after.shippingFee).toBe(490);
    expect(order.services.payment.authorized).toBe(2456);
    expect(order.services.callsOf('shipping.book')[0]!.input.lines).toEqual([{ sku: 'rare', quantity: 2 }]);
    expect(order.services.told).toContain('decision_needed');
    await order.event('shipment.dispatched');
    await order.until((v) => v.payment.captured === 2456);
  });

  it('takes one of two decisions made at the same moment and refuses the other', async () => {
    const order = await waiting();
    const answers = await Promise.allSettled([
      order.command('decision', { decision: 'accept_partial' }),
      order.command('decision', { decision: 'accept_partial' }),
    ]);
    expect(answers.map((a) => a.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await confirmed(order)).total).toBe(2456);
  });

  it('is also decided by lowering the quantities to what is in stock', async () => {
    const order = await waiting();
    await order.command('amend', { lines: [{ sku: 'rare', quantity: 2 }] });
    expect((await confirmed(order)).total).toBe(2456);
  });

  it('lowered below what is in stock: the rest goes back to stock', async () => {
    const order = await waiting();
    await order.command('amend', { lines: [{ sku: 'rare', quantity: 1 }] });
    const view = await confirmed(order);
    expect(view.lines).toMatchObject([{ quantity: 1, reserved: 1 }]);
    expect(view.total).toBe(1000 + 490 - 33 + 16);
    expect(order.services.payment.authorized).toBe(view.total);
    expect(order.services.inventory.available.rare).toEqual({ east: 1 });
  });

  it('never accepts more than the order still wants', async () => {
    const order = await waiting({
      ...short,
      order: {
        lines: [
          { sku: 'rare', quantity: 3, unitPrice: 1000 },
          { sku: 'mug', quantity: 5, unitPrice: 100 },
        ],
      },
    });
    await order.command('amend', { lines: [{ sku: 'mug', quantity: 2 }] });
    expect((await order.view()).status).toBe('awaiting_customer');
    await order.command('decision', { decision: 'accept_partial' });
    const view = await confirmed(order);
    expect(view.lines.map((l) => [l.sku, l.quantity, l.reserved])).toEqual([
      ['rare', 2, 2],
      ['mug', 2, 2],
    ]);
    expect(view.total).toBe(2000 + 200 + 490);
    expect(order.services.payment.authorized).toBe(view.total);
    expect(order.services.inventory.available.mug).toEqual({ east: 8 });
  });

  it('cannot be accepted when nothing would have to be paid', async () => {
    const order = await waiting({
      order: {
        lines: [{ sku: 'rare', quantity: 3, unitPrice: 0 }],
        shippingFee: 0,
        adjustments: [{ kind: 'other', label: 'handling', amount: 1 }],
      },
      stock: { rare: { east: 2 } },
    });
    expect(await order.refused('decision', { decision: 'accept_partial' })).toMatchObject({
      code: 'validation_failed',
      errors: [{ path: '/decision' }],
    });
    await order.command('decision', { decision: 'cancel' });
    expect((await order.end()).view.status).toBe('cancelled');
  });

  describe('and a review at the same time', () => {
    const both = async (): Promise<TestOrder> => {
      const order = await orders.place({ ...short, services: flagged });
      const view = await order.until((v) => v.steps.filter((s) => s.state === 'waiting').length === 2);
      expect(view).toMatchObject({
        status: 'awaiting_customer',
        possible: ['cancel', 'decision', 'review', 'amend'],
      });
      return order;
    };

    it('the customer first: only the review is left', async () => {
      const order = await both();
      await order.command('decision', { decision: 'accept_partial' });
      const view = await order.until((v) => v.status === 'awaiting_review');
      expect(view.possible).toEqual(['cancel', 'review', 'amend']);
      await order.command('review', { decision: 'approve' }, operator);
      await confirmed(order);
    });

    it('the operator first: only the decision is left', async () => {
      const order = await both();
      await order.command('review', { decision: 'approve' }, operator);
      const view = await order.until((v) => !v.possible.includes('review'));
      expect(view).toMatchObject({ status: 'awaiting_customer', possible: ['cancel', 'decision', 'amend'] });
      const again = await order.refused('review', { decision: 'reject' }, operator);
      expect(again).toMatchObject({ code: 'wrong_status', orderStatus: 'awaiting_customer' });
      await order.command('decision', { decision: 'accept_partial' });
      await confirmed(order);
    });

    it('rejected while the customer is asked: the order fails, and nothing is left', async () => {
      const order = await both();
      await order.command('review', { decision: 'reject' }, operator);
      const end = await order.end();
      expect(end.view).toMatchObject({ status: 'failed', failure: { code: 'fraud_rejected', step: 'review' } });
      expectNothingLeft(order, end.view);
    });
  });

  it('can be decided while another step needs attention', async () => {
    const renewal = new Outage();
    const order = await orders.place({
      ...short,
      services: {
        ...flagged,
        'inventory.renew': (input, healthy) =>
          input.key.includes(':review:') ? renewal.behave(input, healthy) : healthy(),
      },
    });
    await order.until((v) => v.possible.includes('resolve'));
    await orders.sleep(2 * minute);
    const view = await order.until((v) => v.status === 'needs_attention');
    expect(view.failure?.step).toBe('review');
    expect(view.possible).toContain('decision');
    await order.command('decision', { decision: 'accept_partial' });
    renewal.down = false;
    await order.command('resolve', { action: 'retry', step: 'review' }, operator);
    await order.until((v) => v.status === 'awaiting_review');
    await order.command('review', { decision: 'approve' }, operator);
    await confirmed(order);
  });
});

describe('a review', () => {
  it('approved: the order goes on; of two operators one is refused', async () => {
    const order = await orders.place({ services: flagged });
    const view = await order.until((v) => v.status === 'awaiting_review');
    expect(view.possible).toEqual(['cancel', 'review', 'amend']);
    expect(view.payment.attempts).toEqual([]);
    const answers = await Promise.allSettled([
      order.command('review', { decision: 'approve' }, operator),
      order.command('review', { decision: 'reject' }, operator),
    ]);
    expect(answers.map((a) => a.status).sort()).toEqual(['fulfilled', 'rejected']);
    const decided = await order.until((v) => v.status === 'confirmed' || v.status === 'failed');
    expect(decided.status).toBe(answers[0].status === 'fulfilled' ? 'confirmed' : 'failed');
  });

  it('begins once the stock is reserved, even if that is slow', async () => {
    const gate = new Gate();
    const order = await orders.place({ services: { ...flagged, 'inventory.reserve': gate.behave } });
    await order.until((v) => v.steps.find((s) => s.id === 'screenFraud')!.state === 'done');
    await order.untilCalled('inventory.reserve', 2);
    gate.open();
    const view = await order.until((v) => v.status === 'awaiting_review' || v.failure !== undefined);
    expect(view).toMatchObject({ status: 'awaiting_review', lines: [{ reserved: 2 }] });
    expect(view.failure).toBeUndefined();
  });
});

describe('a change before confirmation', () => {
  const elsewhere = { ...oneMug.shippingAddress, line1: 'Other Street 2' };
  const change = { lines: [{ sku: 'mug', quantity: 1 }], shippingAddress: elsewhere };

  const expectChanged = async (order: TestOrder): Promise<void> => {
    const view = await confirmed(order);
    expect(view.total).toBe(1740);
    expect(view.lines).toMatchObject([{ quantity: 1, reserved: 1 }]);
    expect(view.shippingAddress).toEqual(elsewhere);
    expect(view.payment.authorized).toBe(1740);
    expect(order.services.payment.authorized).toBe(1740);
    expect(order.services.inventory.held('committed')).toBe(1);
    expect(order.services.callsOf('shipping.book')[0]!.input).toMatchObject({
      address: elsewhere,
      lines: [{ sku: 'mug', quantity: 1 }],
    });
    await order.event('shipment.delivered', { signedBy: 'A' });
    expect((await order.end()).view).toMatchObject({ status: 'completed', payment: { captured: 1740, authorized: 0 } });
  };

  it.each(['inventory.reserve', 'payment.screen', 'payment.authorize'] as const)(
    'placed, while %s is under way',
    async (operation) => {
      const gate = new Gate();
      const order = await orders.place({ services: { [operation]: gate.behave } });
      await order.untilCalled(operation, 2);
      const view = await order.viewAfter('amend', change);
      expect(view).toMatchObject({ status: 'placed', total: 1740, shippingAddress: elsewhere });
      gate.open();
      await expectChanged(order);
    },
  );

  it('awaiting_review', async () => {
    const order = await orders.place({ services: flagged });
    await order.until((v) => v.status === 'awaiting_review');
    await order.command('amend', change);
    expect((await order.view()).status).toBe('awaiting_review');
    await order.command('review', { decision: 'approve' }, operator);
    await expectChanged(order);
  });

  it('awaiting_payment: the provider has to pay the new total', async () => {
    const order = await orders.place({ order: payLater });
    await order.until((v) => v.status === 'awaiting_payment');
    const view = await order.viewAfter('amend', change);
    expect(view).toMatchObject({ total: 1740, shippingAddress: elsewhere });
    await order.until((v) => v.status === 'awaiting_payment' && v.lines[0]!.reserved === 1);
    await order.event('payment.succeeded', { amount: 2990 });
    const refused = await order.until((v) => v.payment.attempts.length === 1);
    expect(refused.payment.attempts).toMatchObject([{ code: 'amount_mismatch' }]);
    await order.event('payment.succeeded', { amount: 1740 });
    await expectChanged(order);
  });

  it('twice: both are followed', async () => {
    const order = await orders.place({
      order: { ...payLater, lines: [{ sku: 'mug', quantity: 5, unitPrice: 1250 }] },
    });
    await order.until((v) => v.status === 'awaiting_payment');
    for (const quantity of [3, 2]) {
      await order.command('amend', { lines: [{ sku: 'mug', quantity }] });
      await order.until((v) => v.lines[0]!.reserved === quantity);
    }
    await order.command('amend', change);
    await order.event('payment.succeeded', { amount: 1740 });
    await expectChanged(order);
  });

  it.each([
    ['more pieces', [{ sku: 'mug', quantity: 3 }], '/lines/0/quantity'],
    ['another sku', [{ sku: 'tee', quantity: 1 }], '/lines/0/sku'],
  ])('refused: %s', async (_what, lines, path) => {
    const order = await orders.place({ order: payLater });
    await order.until((v) => v.status === 'awaiting_payment');
    expect(await order.refused('amend', { lines })).toMatchObject({
      code: 'validation_failed',
      orderStatus: 'awaiting_payment',
      errors: [{ path }],
    });
    expect((await order.view()).total).toBe(2990);
  });

  it('refused: a total of zero', async () => {
    const order = await orders.place({
      order: {
        ...payLater,
        lines: [{ sku: 'mug', quantity: 2, unitPrice: 0 }],
        shippingFee: 0,
        adjustments: [{ kind: 'other', label: 'handling', amount: 1 }],
      },
    });
    await order.until((v) => v.status === 'awaiting_payment');
    expect(await order.refused('amend', { lines: [{ sku: 'mug', quantity: 1 }] })).toMatchObject({
      code: 'validation_failed',
      errors: [{ path: '/lines' }],
    });
  });
});
