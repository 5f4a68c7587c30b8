import type { Driver } from './driver.js';
import type { Life } from './life.js';
import { awaitPayment, dispatch, pay } from './moves.js';

const settled: Life['end'] = { status: 'cancelled', failure: 'terminated' };

/** Runs that settle an order whose own run was terminated, and what the services answer to them. */
export const settledOrders: Life[] = [
  {
    name: 'settled-and-sent-again',
    story: 'The run is terminated when a lost parcel was sent again and is on its way: the run that settles the order.',
    run: 'settle',
    play: async (order) => {
      await order.place();
      const [lost] = await dispatch(order);
      await order.sendEvent('shipment.lost', { shipmentId: lost!.id });
      const { shipments } = await order.until((view) => view.shipments.some(({ status }) => status === 'booked'));
      const { id } = shipments.find(({ status }) => status === 'booked')!;
      await order.sendEvent('shipment.dispatched', { shipmentId: id });
      await order.until((view) => view.shipments.some(({ status }) => status === 'dispatched'));
      await order.handle().terminate('example');
      const { met } = order.fails('payment', /:settle:settle$/, 1);
      await order.resolve('abandon', 'reserveStock');
      await met;
    },
    end: settled,
  },
  {
    name: 'settled-unseen',
    story:
      'The run is terminated before it hears which stock it holds: the run that settles the order asks the inventory.',
    run: 'settle',
    play: async (order) => {
      const { met, end } = order.holds('inventory', /:reserve$/, 'answer');
      await order.place();
      await met;
      await order.untilStep('reserveStock', 'running');
      await order.handle().terminate('example');
      end();
      await order.resolve('abandon', 'reserveStock');
    },
    end: settled,
  },
  {
    name: 'settled-too-late',
    story:
      'The run is terminated when the parcel is booked, and the carrier has taken it: the run that settles the order.',
    run: 'settle',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      await order.handle().terminate('example');
      order.fault('shipping', { call: /:cancel:/, answer: { status: 200, body: { status: 'dispatched' } } });
      await order.resolve('abandon', 'reserveStock');
    },
    end: settled,
  },
  {
    name: 'settled-with-unknown-money',
    story:
      'The run is terminated, and the payment service knows of a parcel that nobody else knows: the run that settles the order.',
    run: 'settle',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      await order.handle().terminate('example');
      order.fault('payment', { call: /^GET \/v1\/payments/, changes: withUnknown });
      await order.resolve('abandon', 'reserveStock');
    },
    end: settled,
  },
  {
    name: 'settled-unbegun',
    story: 'The run is terminated before a worker has begun it: the run that settles the order.',
    run: 'settle',
    alone: true,
    play: async (order) => {
      await order.stop('worker');
      await order.place();
      await order.handle().terminate('example');
      await order.start('worker');
      await order.resolve('abandon', 'reserveStock');
    },
    end: settled,
  },
  {
    name: 'payment-handed-on-again',
    story: 'Two payments too many come, and the run that gives them back is terminated between them.',
    alone: true,
    play: async (order) => {
      await stopWhileHandingOn(order);
      await order.start('worker');
      await order.untilKind('timer hand a late payment on again fired');
      await order.sendEvent('shipment.delivered', { signedBy: 'Ada Example' });
    },
    end: { status: 'completed' },
  },
  {
    name: 'payment-handed-on-last',
    story: 'The same, and the order completes meanwhile. More news of its parcel comes before its run may close.',
    alone: true,
    play: newsAtTheEnd,
    end: { status: 'completed' },
  },
  {
    name: 'payment-handed-on-at-the-end',
    story: 'The same, and the news reaches the order book.',
    alone: true,
    play: async (order) => {
      await newsAtTheEnd(order);
      await order.until(({ shipments }) => shipments[0]!.trackingNumber !== undefined);
    },
    end: { status: 'completed' },
  },
];

/** Stops the worker while it hands a payment on, and terminates the run that should take it. So the payment is handed on once more, a second later. */
async function stopWhileHandingOn(order: Driver): Promise<void> {
  const { total, currency } = await awaitPayment(order);
  await pay(order);
  await order.untilParcels('booked');
  const { met, end } = order.fails('payment', /:giveBack:/);
  await order.sendEvent('payment.succeeded', { amount: total, currency }, 'second');
  await met;
  // The worker takes the third payment, and does not hear that the other run is there already.
  const published = order.fault('orders', { call: /^PUT /, afterMs: 900, times: 1 });
  await order.signal('payment.succeeded', { amount: total, currency }, 'third');
  await published.met;
  await order.stop('worker');
  await order.handle('late-payment').terminate('example');
  end();
}

/** The order completes while its run still hands a payment on, and more news of its parcel comes then. */
async function newsAtTheEnd(order: Driver): Promise<void> {
  await stopWhileHandingOn(order);
  await order.signal('shipment.delivered', { signedBy: 'Ada Example' });
  await order.start('worker');
  await order.untilStatus('completed');
  await order.signal('shipment.dispatched', { trackingNumber: 'EX123' });
}

interface Payments {
  items: { operations: object[] }[];
}

function withUnknown({ items, ...page }: Payments): object {
  const operation = { id: 'op_unknown', kind: 'capture', amount: 0, at: '2026-01-31T12:00:00.000Z', key: 'unknown' };
  const unknown = { ...operation, subject: 'unheardOf' };
  return { ...page, items: items.map((each) => ({ ...each, operations: [...each.operations, unknown] })) };
}
