import { describe, expect, it } from 'vitest';
import { latePaymentWorkflowId } from '../../workflows/late-payment/messages.js';
import { until } from '../support/until.js';
import { expectNothingLeft, givenBack } from './expectations.js';
import { Gate, Outage, fault, refusal } from './misbehaviour.js';
import { minute, payLater, testOrders } from './test-orders.js';
import type { Setup, TestOrder } from './test-orders.js';

const orders = testOrders();

async function waiting(setup: Setup): Promise<TestOrder> {
  const order = await orders.place({ ...setup, order: payLater });
  await order.until((v) => v.status === 'awaiting_payment');
  return order;
}

describe('money that the order cannot use', () => {
  const twice = { amount: 2990 };

  // This test runs first: on this server no time passes by itself once a run has closed before the run that it started.
  it('stays due while the service rejects the call, and is given back once that is repaired', async () => {
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

  it('with an amount of zero calls no service', async () => {
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

  it('is given back if the order took it but is cancelled before it is recorded', async () => {
    const down = new Outage();
    const order = await waiting({ services: { 'payment.record': down.behave } });
    await order.event('payment.succeeded', twice);
    await order.untilCalled('payment.record', 2);
    await order.command('cancel', {});
    await givenBack(order);
    const end = await order.end();
    expect(end.view).toMatchObject({ status: 'cancelled', payment: { authorized: 0, attempts: [] } });
    expectNothingLeft(order, end.view);
  });

  it('that was recorded although the answer was lost is undone with the cancelled order', async () => {
    const order = await waiting({
      services: { 'payment.record': (_input, healthy) => healthy().then(() => Promise.reject(fault())) },
    });
    await order.event('payment.succeeded', twice);
    await order.untilCalled('payment.record', 2);
    await order.command('cancel', {});
    await order.untilCalled('payment.giveBack');
    const end = await order.end();
    expect(end.view).toMatchObject({ status: 'cancelled', payment: { authorized: 0 } });
    expectNothingLeft(order, end.view);
    expect(order.services.latePayments).toEqual([]);
  });

  it('that comes while the customer is notified of the end is given back', async () => {
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

  it('does not delay an order while the service is away', async () => {
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

  it('comes without end: the run continues as new with what is left, and publishes only what is new', async () => {
    const down = new Gate();
    const told: number[] = [];
    const order = await orders.place({
      services: {
        'payment.giveBack': down.behave,
        'orders.publishLatePayments': (input, healthy) => {
          told.push(input.payments.length);
          return healthy();
        },
      },
    });
    const many = 130;
    for (let n = 0; n < many; n += 1) await order.event('payment.succeeded', twice, { id: `m-${n}` });
    const run = order.handle.client.getHandle(latePaymentWorkflowId(order.id));
    // The first message started the run.
    await until(async () => {
      const { events } = await run.fetchHistory();
      return events!.filter((event) => event.workflowExecutionSignaledEventAttributes).length === many - 1;
    });
    down.open();
    await givenBack(order, many);
    expect(new Set(told)).toEqual(new Set([1]));
    expect(await run.result()).toHaveLength(many);
    const { events } = await run.fetchHistory();
    expect(events![0]!.workflowExecutionStartedEventAttributes!.continuedExecutionRunId).not.toBe('');
  });

  it('is given back though somebody cancels that run', async () => {
    const down = new Gate();
    const order = await orders.place({ services: { 'payment.giveBack': down.behave } });
    await order.event('payment.succeeded', twice);
    await order.untilCalled('payment.giveBack');
    await order.handle.client.getHandle(latePaymentWorkflowId(order.id)).cancel();
    down.open();
    await givenBack(order);
  });
});
