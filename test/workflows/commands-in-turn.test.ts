import { describe, expect, it } from 'vitest';
import { untilAccepted } from '../support/accepted.js';
import { expectEnded, expectNothingLeft } from './expectations.js';
import { Gate, refusal } from './misbehaviour.js';
import { payLater, testOrders } from './test-orders.js';
import type { Behaviour } from './fake-services.js';
import type { TestOrder } from './test-orders.js';

/** Commands that come while the first call of another command is in flight. */

const orders = testOrders();

const card = (token = 'tok_ok') => ({ method: 'card' as const, token });
const oneMugLess = { lines: [{ sku: 'mug', quantity: 1 }] };

async function awaitingPayment(services: Behaviour): Promise<TestOrder> {
  const order = await orders.place({ order: payLater, services });
  await order.until((v) => v.possible.includes('payment'));
  return order;
}

/** An order whose amendment has set off a call that the gate holds. */
async function amending(services: Behaviour = {}): Promise<{ order: TestOrder; gate: Gate }> {
  const gate = new Gate();
  const order = await awaitingPayment({ 'inventory.reduce': gate.behave, ...services });
  const { possible } = await order.viewAfter('amend', oneMugLess);
  expect(possible).not.toContain('payment');
  await order.untilCalled('inventory.reduce');
  return { order, gate };
}

it('a payment straight after an amendment is taken once the amendment is through', async () => {
  const { order, gate } = await amending();
  const paid = order.command('payment', card());
  await untilAccepted(order.handle, 2, paid);
  gate.open();
  const { revision } = await paid;
  expect(order.services.publications[revision - 1]!.view.possible).not.toContain('payment');
  const view = await order.until((v) => v.status === 'confirmed');
  expect(view).toMatchObject({ total: 1740, payment: { authorized: 1740 }, lines: [{ reserved: 1 }] });
});

it('an amendment and a payment at the same moment are both taken', async () => {
  const gate = new Gate();
  const order = await awaitingPayment({ 'payment.authorize': gate.behave });
  const both = [order.command('amend', oneMugLess), order.command('payment', card())];
  await untilAccepted(order.handle, 2, ...both);
  gate.open();
  await Promise.all(both);
  const view = await order.until((v) => v.status === 'confirmed');
  expect(view).toMatchObject({ total: 1740, payment: { authorized: 1740 } });
});

it('several that wait are taken in their order, each after what the one before it has set off', async () => {
  const { order, gate } = await amending({
    'payment.authorize': (input, healthy) =>
      input.token === 'tok_ok' ? healthy() : Promise.reject(refusal('payment_declined')),
  });
  const declined = order.command('payment', card('tok_other'));
  await untilAccepted(order.handle, 2, declined);
  const paid = order.command('payment', card());
  await untilAccepted(order.handle, 3, declined, paid);
  gate.open();
  await Promise.all([declined, paid]);
  const view = await order.until((v) => v.status === 'confirmed');
  expect(view.payment.attempts).toMatchObject([{ outcome: 'declined' }, { outcome: 'authorized' }]);
});

it('a command that fits meanwhile is taken at once, unless another one waits', async () => {
  const { order, gate } = await amending();
  const { possible } = await order.viewAfter('amend', { shippingAddress: (await order.view()).shippingAddress });
  expect(possible).not.toContain('payment');
  const paid = order.command('payment', card());
  await untilAccepted(order.handle, 3, paid);
  const cancelled = order.command('cancel', {});
  await untilAccepted(order.handle, 4, paid, cancelled);
  gate.open();
  await Promise.all([paid, cancelled]);
  const end = await order.end();
  expect(end.view).toMatchObject({ status: 'cancelled', failure: { code: 'cancelled_by_customer' } });
  expect(order.services.effects).toContain('payment.void');
  expectNothingLeft(order, end.view);
});

describe('the call of the command before hangs', () => {
  it('after a second a command is judged as the order is then, and the next one at once', async () => {
    const { order, gate } = await amending();
    const refused = await order.refused('payment', card());
    expect(refused).toMatchObject({ code: 'wrong_status', orderStatus: 'awaiting_payment', kept: true });
    expect((await order.refused('payment', card())).kept).toBeUndefined();
    gate.open();
    await order.until((v) => v.possible.includes('payment'));
    await order.command('payment', card());
    await order.until((v) => v.status === 'confirmed');
  });

  it('a cancel is taken at once', async () => {
    const { order, gate } = await amending();
    expect(await order.viewAfter('cancel', {})).toMatchObject({ failure: { code: 'cancelled_by_customer' } });
    gate.open();
    const end = await order.end();
    expect(end.view.status).toBe('cancelled');
    expectNothingLeft(order, end.view);
  });
});

it('a command that waits while the order ends is refused, and the run closes', async () => {
  const gate = new Gate();
  const order = await awaitingPayment({ 'payment.void': gate.behave });
  await order.command('cancel', {});
  await order.untilCalled('payment.void');
  const second = order.refused('cancel', {});
  await untilAccepted(order.handle, 2);
  gate.open();
  expect(await second).toMatchObject({ kept: true });
  const end = await order.end();
  expect(end).toMatchObject({ run: { closed: 'completed' }, view: { status: 'cancelled' } });
  expectEnded(order, end);
});

it('a Cancel from the Web UI is taken after the commands that wait', async () => {
  const { order, gate } = await amending();
  const paid = order.command('payment', card());
  await untilAccepted(order.handle, 2, paid);
  await order.handle.cancel();
  gate.open();
  await paid;
  const end = await order.end();
  expect(end.view).toMatchObject({ status: 'cancelled', failure: { code: 'cancelled_by_operator' } });
  expect(order.services.effects).toContain('payment.void');
  expectNothingLeft(order, end.view);
});

it('a command is judged by all that came with it: a parcel that is dispatched is not cancelled', async () => {
  const gate = new Gate();
  const order = await orders.place({ services: { 'shipping.book': gate.behave } });
  await order.untilCalled('shipping.book');
  // The workflow task stays open for this call, so that the next one brings both.
  const refused = order.refused('cancel', {});
  await order.event('shipment.dispatched');
  gate.open();
  expect(await refused).toMatchObject({ code: 'not_cancellable' });
  await order.until((v) => v.status === 'shipping');
  expect(order.services.effects).not.toContain('shipping.cancel');
});
