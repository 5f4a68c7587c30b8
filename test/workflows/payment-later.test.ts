import { describe, expect, it } from 'vitest';
import { expectEnded, expectNothingLeft, givenBack } from './expectations.js';
import { Gate, refusal } from './misbehaviour.js';
import { hour, minute, payLater, second, testOrders } from './test-orders.js';
import type { Setup, TestOrder } from './test-orders.js';

const orders = testOrders();

async function waiting(setup: Setup = {}): Promise<TestOrder> {
  const order = await orders.place({ ...setup, order: { ...payLater, ...setup.order } });
  const view = await order.until((v) => v.status === 'awaiting_payment');
  expect(view.payment).toMatchObject({ method: 'later', status: 'pending', attempts: [] });
  expect(view.possible).toEqual(['cancel', 'payment', 'amend']);
  return order;
}

const declining = (code: string): Setup => ({
  services: {
    'payment.authorize': (input, healthy) => (input.token === 'tok_ok' ? healthy() : Promise.reject(refusal(code))),
  },
});

const card = (token = 'tok_ok') => ({ method: 'card' as const, token });

it('is overdue only after the deadline of the customer', async () => {
  const order = await waiting();
  const { startedAt, dueAt } = (await order.view()).steps.find(({ id }) => id === 'authorizePayment')!;
  expect(Date.parse(dueAt!) - Date.parse(startedAt!)).toBe(30 * minute + 30 * second);
});

describe('a payment that fails leaves the order waiting', () => {
  it.each(['payment_declined', 'fraud_rejected'])('%s by the card', async (code) => {
    const order = await waiting(declining(code));
    await order.command('payment', card('tok_other'));
    const view = await order.until((v) => v.payment.attempts.length === 1 && v.status === 'awaiting_payment');
    expect(view.payment).toMatchObject({
      status: 'declined',
      authorized: 0,
      attempts: [{ outcome: 'declined', code }],
    });
    expect(view.failure).toBeUndefined();
    expect(view.possible).toContain('payment');
    await order.command('payment', card());
    const paid = await order.until((v) => v.status === 'confirmed');
    expect(paid.payment).toMatchObject({
      status: 'authorized',
      authorized: 2990,
      attempts: [{ outcome: 'declined', code }, { outcome: 'authorized' }],
    });
    // The history has a command before the service has the first call of it; later calls are local activities again.
    expect(order.services.callsOf('payment.authorize').map((c) => c.local)).toEqual([false, false]);
    expect(order.services.callsOf('inventory.commit').map((c) => c.local)).toEqual([true]);
    // Each attempt is a call of its own, not a repetition of the first.
    const keys = order.services.callsOf('payment.authorize').map((c) => c.key);
    expect(new Set(keys).size).toBe(2);
    expect(order.services.callsOf('payment.authorize')[0]!.input).toMatchObject({ screen: true, amount: 2990 });
  });

  it('reported by the provider, or with another amount than the total', async () => {
    const order = await waiting();
    await order.event('payment.failed', { reason: 'insufficient funds' });
    await order.event('payment.succeeded', { amount: 2989 });
    const view = await order.until((v) => v.payment.attempts.length === 2);
    expect(view.payment.attempts).toMatchObject([
      { outcome: 'declined', code: 'payment_failed' },
      { outcome: 'declined', code: 'amount_mismatch' },
    ]);
    expect(view.status).toBe('awaiting_payment');
    expect(order.services.callsOf('payment.record')).toEqual([]);
    await order.event('payment.succeeded', { amount: 2990 });
    await order.until((v) => v.status === 'confirmed');
    expect(order.services.payment.authorized).toBe(2990);
  });

  it.each([
    ['of another currency', { amount: 2990, currency: 'USD' }, 'currency_mismatch'],
    ['of another currency and amount', { amount: 1, currency: 'USD' }, 'currency_mismatch'],
    ['of nothing', { amount: 0 }, 'amount_mismatch'],
    ['that names no amount', {}, 'amount_mismatch'],
  ])('reported by the provider, %s', async (_, data, code) => {
    const order = await waiting();
    await order.event('payment.succeeded', data);
    const view = await order.until((v) => v.payment.attempts.length === 1);
    expect(view).toMatchObject({ status: 'awaiting_payment', payment: { attempts: [{ outcome: 'declined', code }] } });
    expect(order.services.callsOf('payment.record')).toEqual([]);
  });

  it('does not restart its deadline', async () => {
    const order = await waiting(declining('payment_declined'));
    await orders.sleep(20 * minute);
    await order.command('payment', card('tok_other'));
    await order.until((v) => v.payment.attempts.length === 1 && v.status === 'awaiting_payment');
    const end = await order.end();
    expect(end.view).toMatchObject({ status: 'cancelled', failure: { code: 'payment_deadline' } });
    const took = Date.parse(end.view.endedAt!) - Date.parse(end.view.placedAt);
    expect(took).toBeLessThan(31 * minute);
    expect(took).toBeGreaterThanOrEqual(30 * minute);
    expectEnded(order, end);
    expectNothingLeft(order, end.view);
    expect(order.services.told).toEqual(['payment_needed', 'payment_due', 'cancelled']);
  });
});

describe('a reminder', () => {
  const reminders = (order: TestOrder) =>
    order.services.callsOf('notification.notify').filter(({ input }) => input.event === 'payment_due');

  it('comes when two thirds of the time have passed, and says by when to pay', async () => {
    const order = await waiting();
    const { placedAt, steps } = await order.view();
    expect(steps.find(({ id }) => id === 'notifyPaymentDue')).toMatchObject({ state: 'waiting' });
    await orders.sleep(19 * minute);
    expect(reminders(order)).toEqual([]);
    await orders.sleep(2 * minute);
    await order.until(() => reminders(order).length === 1);
    const { payBy } = reminders(order)[0]!.input.facts as { payBy: string };
    const left = Date.parse(payBy) - Date.parse(placedAt);
    expect(left).toBeGreaterThanOrEqual(30 * minute);
    expect(left).toBeLessThan(31 * minute);
    await order.command('payment', card());
    await order.until((v) => v.status === 'confirmed');
    expect(order.services.told).toEqual(['payment_needed', 'payment_due', 'confirmed']);
  });

  it('does not come once the order is paid, and does not keep the order open', async () => {
    const order = await waiting();
    await order.command('payment', card());
    const view = await order.until((v) => v.status === 'confirmed');
    expect(view.steps.find(({ id }) => id === 'notifyPaymentDue')).toMatchObject({ state: 'done', attempts: 0 });
    await orders.sleep(hour);
    expect(reminders(order)).toEqual([]);
  });

  it('does not come to an order that paid by card, or is of version 1', async () => {
    const byCard = await orders.place();
    const view = await byCard.until((v) => v.status === 'confirmed');
    expect(view.steps.find(({ id }) => id === 'notifyPaymentDue')).toMatchObject({ state: 'skipped' });
    const first = await waiting({ input: { process: { name: 'order', version: 1 } } });
    expect((await first.view()).steps.map(({ id }) => id)).not.toContain('notifyPaymentDue');
    const { view: last } = await first.end();
    expect(last).toMatchObject({ process: { version: 1 }, failure: { code: 'payment_deadline' } });
    expect(first.services.told).toEqual(['payment_needed', 'cancelled']);
  });
});

describe('paid', () => {
  it.each([
    ['a command under the longest Idempotency-Key', 'k'.repeat(250), 'payment.authorize'],
    ['a command whose key is any text', 'order 7: "ada@example.com" / second try', 'payment.authorize'],
    ["the provider's message under the longest id", 'm'.repeat(255), 'payment.record'],
  ] as const)('by %s', async (_, id, operation) => {
    const order = await waiting();
    if (operation === 'payment.authorize') await order.command('payment', card(), { id });
    else await order.event('payment.succeeded', { amount: 2990 }, { id });
    await order.until((v) => v.status === 'confirmed');
    expect(order.services.callsOf(operation)[0]!.key).toMatch(
      new RegExp(`^${order.id}:authorizePayment:(authorize|record):[0-9a-f]{16}$`),
    );
  });

  it('by the customer', async () => {
    const gate = new Gate();
    const order = await waiting({ services: { 'payment.authorize': gate.behave } });
    const view = await order.viewAfter('payment', card());
    expect(view).toMatchObject({ status: 'awaiting_payment' });
    expect(view.possible).not.toContain('payment');
    gate.open();
    await order.until((v) => v.status === 'confirmed');
  });

  it('before the order waits for it', async () => {
    const gate = new Gate();
    const order = await orders.place({ order: payLater, services: { 'inventory.reserve': gate.behave } });
    await order.untilCalled('inventory.reserve');
    await order.event('payment.succeeded', { amount: 2990 });
    gate.open();
    const view = await order.until((v) => v.status === 'confirmed');
    expect(view.payment.attempts).toMatchObject([{ outcome: 'authorized' }]);
  });

  it('once, when the provider repeats a message', async () => {
    const order = await waiting();
    await order.event('payment.succeeded', { amount: 2990 }, { id: 'msg-1' });
    await order.event('payment.succeeded', { amount: 2990 }, { id: 'msg-1' });
    await order.until((v) => v.status === 'confirmed');
    expect(order.services.effects.filter((e) => e === 'payment.record')).toHaveLength(1);
    expect(order.services.effects).not.toContain('payment.void');
  });
});

describe('paid by both at the same time: the surplus is given back once, outside the order', () => {
  const paidOnce = async (order: TestOrder): Promise<void> => {
    await givenBack(order);
    const view = await order.until((v) => v.status === 'confirmed');
    expect(view.payment).toMatchObject({ authorized: 2990, status: 'authorized' });
    expect(order.services.payment.authorized).toBe(2990);
    expect(order.services.effectCalls.filter((c) => c.operation === 'payment.void')).toEqual([]);
    await order.event('shipment.delivered', { signedBy: 'A. Customer' });
    const end = await order.end();
    expect(end.view).toMatchObject({ status: 'completed', payment: { captured: 2990, authorized: 0 } });
    expectEnded(order, end);
  };

  it("the provider's message comes while the customer's card is being authorized", async () => {
    const gate = new Gate();
    const order = await waiting({ services: { 'payment.authorize': gate.behave } });
    await order.command('payment', card());
    await order.untilCalled('payment.authorize');
    await order.event('payment.succeeded', { amount: 2990 });
    gate.open();
    await paidOnce(order);
  });

  it("the customer's card comes while the provider's payment is recorded: the card is refused", async () => {
    const gate = new Gate();
    const order = await waiting({ services: { 'payment.record': gate.behave } });
    await order.event('payment.succeeded', { amount: 2990 });
    await order.untilCalled('payment.record');
    expect(await order.refused('payment', card())).toMatchObject({ code: 'wrong_status' });
    gate.open();
    await order.until((v) => v.status === 'confirmed');
    expect(order.services.callsOf('payment.authorize')).toEqual([]);
    expect(order.services.payment.authorized).toBe(2990);
  });

  it('the provider pays twice', async () => {
    const order = await waiting();
    await order.event('payment.succeeded', { amount: 2990 });
    await order.event('payment.succeeded', { amount: 2990 });
    await paidOnce(order);
  });

  it('the provider pays twice, with the longest possible ids, which are in no step id', async () => {
    const order = await waiting();
    await order.event('payment.succeeded', { amount: 2990 }, { id: `${'1'.repeat(254)}a` });
    await order.event('payment.succeeded', { amount: 2990 }, { id: `${'1'.repeat(254)}b` });
    await paidOnce(order);
    expect(Math.max(...(await order.view()).steps.map((s) => s.id.length))).toBeLessThan(64);
  });

  it('an order that was paid by card is paid by the provider, too', async () => {
    const order = await orders.place();
    await order.event('payment.succeeded', { amount: 2990 });
    await paidOnce(order);
  });

  it('two payments by customers: one is taken, the other is refused', async () => {
    const order = await waiting();
    const answers = await Promise.allSettled([order.command('payment', card()), order.command('payment', card())]);
    expect(answers.map((a) => a.status).sort()).toEqual(['fulfilled', 'rejected']);
    await order.until((v) => v.status === 'confirmed');
    expect(order.services.payment.authorized).toBe(2990);
  });
});

describe('at the deadline', () => {
  it('a payment that is under way when it passes is taken', async () => {
    const gate = new Gate();
    const order = await waiting({ services: { 'payment.authorize': gate.behave } });
    await orders.sleep(30 * minute - 5 * second);
    await order.command('payment', card());
    await order.untilCalled('payment.authorize', 2);
    await orders.sleep(6 * second);
    gate.open();
    const view = await order.until((v) => v.status === 'confirmed');
    expect(view.payment.authorized).toBe(2990);
  });

  it('a payment that is declined after it leaves no time for another', async () => {
    const gate = new Gate();
    const order = await waiting({
      services: {
        'payment.authorize': (input) => gate.behave(input, () => Promise.reject(refusal('payment_declined'))),
      },
    });
    await orders.sleep(30 * minute - 5 * second);
    await order.command('payment', card());
    await order.untilCalled('payment.authorize', 2);
    await orders.sleep(6 * second);
    gate.open();
    const end = await order.end();
    expect(end.view).toMatchObject({ status: 'cancelled', failure: { code: 'payment_deadline' } });
    expect(end.view.payment.attempts).toMatchObject([{ outcome: 'declined', code: 'payment_declined' }]);
    expectNothingLeft(order, end.view);
  });

  it('a payment that comes at that moment is taken completely or not at all', async () => {
    const order = await waiting();
    await orders.sleep(30 * minute);
    // The run may have closed meanwhile.
    await order.event('payment.succeeded', { amount: 2990 }).catch(() => undefined);
    const view = await order.until((v) => v.status === 'confirmed' || v.status === 'cancelled');
    if (view.status === 'confirmed') {
      expect(order.services.payment.authorized).toBe(2990);
    } else {
      expect(view.failure).toMatchObject({ code: 'payment_deadline' });
      expectNothingLeft(order, (await order.end()).view);
    }
  });

  it('stock whose reservation ran out is reserved again, and its new warehouse is shown', async () => {
    const west = [{ warehouse: 'west', lines: [{ sku: 'mug', quantity: 2 }] }];
    const order = await waiting({
      services: { 'inventory.renew': () => Promise.resolve({ parcels: west }) },
    });
    expect(order.services.callsOf('inventory.renew')[0]!.input.known).toMatchObject([{ warehouse: 'east' }]);
    const { shipments, lines } = await order.view();
    expect(shipments).toMatchObject([{ id: `${order.id}-west`, warehouse: 'west', status: 'planned' }]);
    expect(lines).toMatchObject([{ reserved: 2 }]);
  });

  it('the stock is held for as long as the order may wait', async () => {
    const order = await waiting();
    expect(order.services.callsOf('inventory.renew')[0]!.input.holdMs).toBeGreaterThanOrEqual(30 * minute);
  });
});
