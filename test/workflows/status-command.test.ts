import { describe, expect, it } from 'vitest';
import type { OrderStatus } from '../../contracts/statuses.js';
import { isEnded, orderStatuses } from '../../contracts/statuses.js';
import type { CommandBodies, OrderCommand } from '../../workflows/order/messages.js';
import { orderCommands } from '../../workflows/order/messages.js';
import { Gate, Outage, refuses } from './misbehaviour.js';
import { statusCommandTable } from './status-command-table.js';
import { minute, payLater, testOrders } from './test-orders.js';
import type { Setup, TestOrder } from './test-orders.js';

const orders = testOrders();

const bodies: { [Name in OrderCommand]: CommandBodies[Name] } = {
  cancel: {},
  payment: { method: 'card', token: 'tok_ok' },
  receipt: {},
  decision: { decision: 'accept_partial' },
  review: { decision: 'approve' },
  resolve: { action: 'retry', step: 'reserveStock' },
  amend: { lines: [{ sku: 'mug', quantity: 1 }] },
};

/** Makes the last notification hang, so that the run of an ended order stays open. */
const hangingEnd = (): Setup['services'] => {
  const gate = new Gate();
  return {
    'notification.notify': (input, healthy) =>
      ['completed', 'cancelled', 'failed'].includes(input.event) ? gate.behave(input, healthy) : healthy(),
  };
};
/** Statuses without `resolve`. In all others a step is stuck (after the end: the last notification) or waits for the carrier. */
const waitsForPeopleAlone: OrderStatus[] = ['awaiting_customer', 'awaiting_review', 'awaiting_payment'];
const dispatch = async (order: TestOrder) => order.event('shipment.dispatched');
const twoMugs = [{ sku: 'mug', quantity: 2, unitPrice: 1250 }];

const ways: Record<OrderStatus, { setup: () => Setup; go?: (order: TestOrder) => Promise<unknown> }> = {
  placed: {
    setup: () => ({ services: { 'payment.screen': new Gate().behave } }),
    go: (order) => order.untilCalled('payment.screen', 2),
  },
  awaiting_customer: { setup: () => ({ order: { lines: twoMugs }, stock: { mug: { east: 1 } } }) },
  awaiting_review: { setup: () => ({ services: { 'payment.screen': () => Promise.resolve({ outcome: 'review' }) } }) },
  awaiting_payment: { setup: () => ({ order: payLater }) },
  confirmed: { setup: () => ({}) },
  shipping: { setup: () => ({}), go: dispatch },
  delivered: { setup: () => ({}), go: (order) => order.event('shipment.delivered') },
  needs_attention: {
    setup: () => ({ services: { 'inventory.reserve': new Outage().behave } }),
    go: async (order) => {
      await order.untilCalled('inventory.reserve', 2);
      await orders.sleep(2 * minute);
    },
  },
  completed: {
    setup: () => ({ services: hangingEnd()! }),
    go: (order) => order.event('shipment.delivered', { signedBy: 'A' }),
  },
  cancelled: { setup: () => ({ services: hangingEnd()! }), go: (order) => order.command('cancel', {}) },
  failed: { setup: () => ({ services: { ...hangingEnd(), 'payment.authorize': refuses('payment_declined') } }) },
};

async function orderThatIs(status: OrderStatus): Promise<TestOrder> {
  const { setup, go } = ways[status];
  const order = await orders.place(setup());
  await go?.(order);
  // Views are published even while a call hangs, so the book shows the status.
  await order.services.until(() => order.services.view?.status === status);
  return order;
}

describe.each(orderStatuses)('%s', (status) => {
  const { return: returning, ...toTheOrder } = statusCommandTable[status];
  const verdicts = Object.entries(toTheOrder) as [OrderCommand, string][];
  const allowed = verdicts.filter(([, verdict]) => verdict === 'allowed').map(([command]) => command);

  it('refuses the commands that the table says, with the code, the status and the possible commands', async () => {
    const order = await orderThatIs(status);
    const view = await order.view();
    const possible = view.possible.filter((c) => c !== 'resolve' && c !== 'return');
    expect(possible.toSorted()).toEqual(allowed.filter((c) => c !== 'resolve').toSorted());
    expect(view.possible.includes('resolve')).toBe(!waitsForPeopleAlone.includes(status));
    expect(view.possible.includes('return')).toBe(returning === 'allowed');
    for (const [command, verdict] of verdicts) {
      if (verdict === 'allowed') continue;
      const refused = await order.refused(command, bodies[command], { role: 'operator' });
      expect({ command, code: refused.code }).toEqual({ command, code: verdict });
      expect(refused.orderStatus).toBe(status);
      expect(refused.possible).toEqual(view.possible);
      expect(refused.message).not.toBe('');
    }
    // The refused commands changed nothing.
    expect(await order.view()).toMatchObject({ status, total: view.total, possible: view.possible });
  });

  it.runIf(!isEnded(status)).each(allowed)('takes %s', async (command) => {
    const order = await orderThatIs(status);
    const answer = await order.command(command, bodies[command], { role: 'operator' });
    expect(answer.fingerprint).toBe('x');
    expect(order.services.publications[answer.revision - 1]!.view.id).toBe(order.id);
  });
});

it('has a row for every status and a column for every command', () => {
  for (const status of orderStatuses) {
    expect(Object.keys(statusCommandTable[status]).toSorted()).toEqual(
      [...Object.keys(orderCommands), 'return'].toSorted(),
    );
  }
});

it('refuses to cancel an order that needs attention after a dispatch', async () => {
  const order = await orders.place({ services: { 'payment.capture': refuses('capture_refused') } });
  await order.event('shipment.dispatched');
  await order.until((v) => v.status === 'needs_attention');
  expect((await order.refused('cancel', {})).code).toBe('not_cancellable');
  expect((await order.refused('amend', bodies.amend)).code).toBe('wrong_status');
});

it('answers a repeated command as before, with the first fingerprint', async () => {
  const order = await orders.place({ order: payLater });
  await order.until((v) => v.status === 'awaiting_payment');
  const first = await order.command('amend', bodies.amend, { id: 'key-1' });
  const again = await order.command('amend', bodies.amend, { id: 'key-1' });
  expect(again).toEqual(first);
  expect(order.services.callsOf('inventory.reduce').length).toBeLessThanOrEqual(1);
});
