import { describe, expect, it } from 'vitest';
import { expectNothingLeft } from './expectations.js';
import { Gate, refusal } from './misbehaviour.js';
import { minute, payLater, testOrders } from './test-orders.js';
import type { Setup, TestOrder } from './test-orders.js';

const orders = testOrders();

async function waiting(setup: Setup = {}): Promise<TestOrder> {
  const order = await orders.place({ ...setup, order: { ...payLater, ...setup.order } });
  const view = await order.until((v) => v.status === 'awaiting_payment');
  expect(view.payment).toMatchObject({ method: 'later', status: 'pending', attempts: [] });
  expect(view.possible).toEqual(['cancel', 'payment', 'amend']);
  return order;
}

/** Resolves when the run of late payments has told the book of so many. */
const givenBack = (order: TestOrder, many = 1): Promise<void> =>
  order.services.until(
    () => order.services.latePayments.length === many,
    () =>
      `Given back: ${JSON.stringify(order.services.latePayments)}; calls: ${order.services.calls.map((c) => c.operation).join(' ')}`,
  );

describe('money that the order cannot use', () => {
  const twice = { amount: 2990 };

  // The first: on this server no time passes by itself once a run has closed before the one that it started.
  it('stays due while the service rejects it, and is given back once that is mended', async () => {
    let times = 0;
    const order = await orders.place({
      services: {
        'payment.giveBack': (_input, healthy) =>
          (times += 1) <= 2 ? Promise.reject(refusal('validation_failed')) : healthy(),
      },
    });
    await order.event('payment.succeeded', twice);
    await order.untilCalled('payment.giveBack');
    await orders.sleep(10 * minute);
    await givenBack(order);
    expect(new Set(order.services.callsOf('payment.giveBack').map((c) => c.key)).size).toBe(1);
  });

  it('of nothing is no call to a service', async () => {
    const order = await orders.place();
    await order.event('payment.succeeded', { amount: 0 });
    await givenBack(order);
    expect(order.services.callsOf('payment.giveBack')).toEqual([]);
  });

  it('is given back while the order is being undone', async () => {
    const gate = new Gate();
    const order = await waiting({ services: { 'inventory.release': gate.behave } });
    await order.command('cancel', {});
    await order.untilCalled('inventory.release');
    await order.event('payment.succeeded', twice);
    await givenBack(order);
    gate.open();
    const end = await order.end();
    expect(end.view).toMatchObject({ status: 'cancelled', payment: { authorized: 0 } });
    expectNothingLeft(order, end.view);
  });

  it('that comes while the customer is being told of the end is given back', async () => {
    const gate = new Gate();
    const order = await waiting({
      services: {
        'notification.notify': (input, healthy) =>
          input.event === 'cancelled' ? gate.behave(input, healthy) : healthy(),
      },
    });
    await order.command('cancel', {});
    await order.until((v) => v.status === 'cancelled');
    await order.event('payment.succeeded', twice);
    gate.open();
    await order.end();
    await givenBack(order);
  });

  it('comes several times: each message is given back once', async () => {
    const order = await orders.place();
    for (const id of ['m-1', 'm-2', 'm-1', 'm-3', 'm-2']) await order.event('payment.succeeded', twice, { id });
    await givenBack(order, 3);
    expect(new Set(order.services.callsOf('payment.giveBack').map((c) => c.key)).size).toBe(3);
  });

  it('holds up no order while the service is away, and is in nobody’s way', async () => {
    const down = new Gate();
    const order = await orders.place({ services: { 'payment.giveBack': down.behave } });
    await order.event('payment.succeeded', twice);
    await order.untilCalled('payment.giveBack');
    await order.event('shipment.delivered', { signedBy: 'A. Customer' });
    const end = await order.end();
    expect(end.view).toMatchObject({ status: 'completed', payment: { captured: 2990, authorized: 0 } });
    down.open();
    await givenBack(order);
  });
});
