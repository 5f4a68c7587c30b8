import type { Life } from './life.js';
import { awaitPayment, deliver, dispatch, later, lines, pay, placeTwo, repair } from './moves.js';

/** Orders that need an operator. */
export const repairs: Life[] = [
  {
    name: 'completed-after-retry',
    story: 'The shipping service is away for too long, and an operator repeats the booking.',
    play: async (order) => {
      await repair(order, 'retry');
      await deliver(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'cancelled-abandoned',
    story: 'The shipping service is away for too long, and an operator abandons the order.',
    play: (order) => repair(order, 'abandon'),
    end: { status: 'cancelled', failure: 'cancelled_by_operator' },
  },
  {
    name: 'repairs-capture-refused',
    story: 'The payment service refuses the capture of a parcel that is on its way, and an operator has it repeated.',
    play: async (order) => {
      const { end } = order.rejects('payment', /:capture$/, 'capture_refused');
      await order.place();
      await order.untilParcels('booked');
      await order.sendEvent('shipment.dispatched');
      await order.untilStatus('needs_attention');
      end();
      await order.resolve('retry');
      await order.sendEvent('shipment.delivered', { signedBy: 'Ada Example' });
    },
    end: { status: 'completed' },
  },
  {
    name: 'repairs-capture-abandoned',
    story:
      'The payment service refuses the capture, an operator abandons it, and the parcel that comes back is not paid back.',
    play: async (order) => {
      order.rejects('payment', /:capture$/, 'capture_refused');
      await order.place();
      await order.untilParcels('booked');
      await order.sendEvent('shipment.dispatched');
      await order.untilStatus('needs_attention');
      await order.resolve('abandon');
      await order.sendEvent('shipment.returned');
    },
    end: { status: 'cancelled', failure: 'returned_to_sender' },
  },
  {
    name: 'repairs-refund-abandoned',
    story: 'The refund of a lost parcel is rejected, and an operator abandons it.',
    play: async (order) => {
      order.rejects('payment', /:refund$/, 'refund_exceeds_captured');
      await order.stock(order.ownSku, { west: 1 });
      await order.place({ lines: lines('vase', order.ownSku) });
      const shipments = await dispatch(order);
      await order.sendEvent('shipment.lost', {
        shipmentId: shipments.find(({ warehouse }) => warehouse === 'west')!.id,
      });
      await order.resolve('abandon');
      await order.sendEvent('shipment.delivered', { signedBy: 'Ada Example' });
    },
    end: { status: 'completed' },
  },
  {
    name: 'repairs-wrong-token',
    story: 'The shipping service does not know the token of the worker, and an operator has the booking repeated.',
    play: async (order) => {
      const { end } = order.fault('shipping', {
        call: /:book$/,
        answer: { status: 401, body: { code: 'unauthorized' } },
      });
      await order.place();
      await order.untilStatus('needs_attention');
      end();
      await order.resolve('retry');
      await deliver(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'repairs-wrong-token-open',
    story: 'The shipping service does not know the token of the worker, and the order waits for an operator.',
    play: (order) => {
      order.fault('shipping', { call: /:book$/, answer: { status: 401, body: { code: 'unauthorized' } } });
      return order.place();
    },
    end: { status: 'needs_attention', failure: 'service_rejected_call', open: true },
  },
  {
    name: 'repairs-cancelled-while-stuck',
    story: 'The shipping service is away for too long, and the customer cancels the order that waits for an operator.',
    play: async (order) => {
      const { end } = order.fails('shipping', /:book$/);
      await order.place();
      await order.untilStatus('needs_attention');
      end();
      await order.command('cancel');
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer' },
  },
  {
    name: 'repairs-undo-overdue',
    story: 'The inventory does not take the stock back in time, and an operator has the undo repeated.',
    play: async (order) => {
      const { end } = order.fails('inventory', /:release$/);
      await awaitPayment(order);
      await order.command('cancel');
      await order.untilStatus('needs_attention');
      end();
      await order.resolve('retry', 'reserveStock');
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer' },
  },
  {
    name: 'repairs-undo-rejected',
    story: 'The payment service rejects the undo of the payment, and an operator has it repeated.',
    play: async (order) => {
      const { end } = order.fault('payment', {
        call: /:void$/,
        answer: { status: 422, body: { code: 'validation_failed' } },
      });
      await order.place();
      await order.untilParcels('booked');
      await order.command('cancel');
      await order.untilStatus('needs_attention');
      end();
      await order.resolve('retry', 'authorizePayment');
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer' },
  },
  {
    name: 'repairs-pause-as-asked',
    story: 'The inventory asks for a pause of a second.',
    play: async (order) => {
      const answer = { status: 429, body: { code: 'rate_limited' }, headers: { 'retry-after': '1' } };
      order.fault('inventory', { call: /:reserve$/, times: 1, answer });
      await order.place();
      await deliver(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'repairs-cancelled-in-a-pause',
    story: 'The inventory asks for a long pause, and the customer cancels meanwhile.',
    play: async (order) => {
      const answer = { status: 429, body: { code: 'rate_limited' }, headers: { 'retry-after': '60' } };
      const { met } = order.fault('inventory', { call: /:commit$/, times: 1, answer });
      await order.place();
      await met;
      await order.untilStep('confirmOrder', 'running');
      await order.command('cancel');
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer' },
  },
  {
    name: 'repairs-settling-abandoned',
    story: 'The payment of a delivered order cannot be settled, and an operator abandons that.',
    play: async (order) => {
      order.fault('payment', { call: /:settle$/, answer: { status: 422, body: { code: 'validation_failed' } } });
      await order.place();
      await deliver(order);
      await order.resolve('abandon', (await order.untilStatus('needs_attention')).failure!.step);
    },
    end: { status: 'completed' },
  },
  {
    name: 'repairs-settling-of-nothing-abandoned',
    story: 'The only parcel comes back, its payment cannot be settled, and an operator abandons that.',
    play: async (order) => {
      order.fault('payment', { call: /:settle$/, answer: { status: 422, body: { code: 'validation_failed' } } });
      await order.place();
      await dispatch(order);
      await order.sendEvent('shipment.returned');
      await order.resolve('abandon');
    },
    end: { status: 'cancelled', failure: 'returned_to_sender' },
  },
  {
    name: 'repairs-slow-call',
    story: 'The inventory takes longer for a call than a workflow task may wait.',
    play: async (order) => {
      order.fault('inventory', { call: /:commit$/, times: 1, afterMs: 1500 });
      await order.place();
      await deliver(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'repairs-notice-failed',
    story: 'The notification service is away for too long, and the order goes on without the notice.',
    play: async (order) => {
      order.fails('notification', /:notifyConfirmed:/);
      await order.place();
      await order.untilStep('notifyConfirmed', 'failed');
      await deliver(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'repairs-notice-rejected',
    story: 'The notification service rejects every notice, and the order goes on without them.',
    play: async (order) => {
      const answer = { status: 422, body: { code: 'validation_failed' } };
      order.fault('notification', { call: /:notify/, answer });
      await order.stock(order.ownSku, { east: 1, west: 1 });
      await order.place({ lines: [{ sku: order.ownSku, quantity: 3, unitPrice: 999 }], payment: later });
      await order.untilStatus('awaiting_customer');
      await order.command('decision', { decision: 'accept_partial' });
      await pay(order);
      const [one, two] = await dispatch(order);
      await order.sendEvent('shipment.returned', { shipmentId: one!.id });
      await order.sendEvent('shipment.delivered', { shipmentId: two!.id });
      await order.untilStatus('delivered');
      await order.command('receipt');
    },
    end: { status: 'completed' },
  },
  {
    name: 'repairs-notice-of-the-end-rejected',
    story: 'The notification service rejects the notice that the order is cancelled.',
    play: async (order) => {
      order.fault('notification', {
        call: /:notifyEnded/,
        answer: { status: 422, body: { code: 'validation_failed' } },
      });
      await awaitPayment(order);
      await order.command('cancel');
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer' },
  },
  {
    name: 'repairs-notice-repeated',
    story: 'The notification service fails, and an operator has the notice repeated before its time is up.',
    play: async (order) => {
      const { met, end } = order.fails('notification', /:notifyShipped:/, 2);
      await order.place();
      const [parcel] = await dispatch(order);
      await met;
      await order.untilStep('notifyShipped', 'running');
      end();
      await order.resolve('retry', `notifyShipped:${parcel!.id}`);
      await order.sendEvent('shipment.delivered', { signedBy: 'Ada Example' });
    },
    end: { status: 'completed' },
  },
  {
    name: 'repairs-notice-skipped-after-the-end',
    story: 'The notice that the order is completed cannot be sent, and an operator skips it.',
    play: async (order) => {
      const { met } = order.fails('notification', /:notifyCompleted:/);
      await order.place();
      await deliver(order);
      await met;
      await order.until(({ possible, status }) => status === 'completed' && possible.includes('resolve'));
      await order.resolve('skip', 'notifyCompleted');
    },
    end: { status: 'completed' },
  },
  {
    name: 'repairs-notice-abandoned-after-the-end',
    story: 'The notice that the order is cancelled cannot be sent, and an operator abandons it.',
    play: async (order) => {
      const { met } = order.fails('notification', /:notifyEnded:/);
      await awaitPayment(order);
      await order.command('cancel');
      await met;
      await order.until(({ possible, status }) => status === 'cancelled' && possible.includes('resolve'));
      await order.resolve('abandon', 'notifyEnded');
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer' },
  },
  {
    name: 'repairs-reset',
    story:
      'The run of a cancelled order is reset from the Web UI, meets what it has undone, and an operator abandons it.',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      await order.command('cancel');
      await order.untilStatus('cancelled');
      await order
        .handle()
        .result()
        .catch(() => undefined);
      await order.reset();
      await order.untilStatus('needs_attention');
      await order.resolve('abandon');
    },
    end: { status: 'cancelled', failure: 'cancelled_by_operator' },
  },
  {
    name: 'repairs-reset-open',
    story: 'The run of a cancelled order is reset from the Web UI, and meets what it has undone.',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      await order.command('cancel');
      await order.untilStatus('cancelled');
      await order
        .handle()
        .result()
        .catch(() => undefined);
      await order.reset();
    },
    end: { status: 'needs_attention', failure: 'reset_after_undo', open: true },
  },
  {
    name: 'repairs-terminated',
    story: 'The run of a booked order is terminated, and an operator abandons the order: the run that settles it.',
    run: 'settle',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      await order.handle().terminate('example');
      await order.resolve('abandon', 'reserveStock');
    },
    end: { status: 'cancelled', failure: 'terminated' },
  },
  {
    name: 'repairs-terminated-on-its-way',
    story: 'The run is terminated while one of two parcels is on its way: the run that settles the order.',
    run: 'settle',
    play: async (order) => {
      const [one] = await placeTwo(order);
      await order.sendEvent('shipment.dispatched', { shipmentId: one!.id });
      await order.untilStep('capturePayment', 'done');
      await order.handle().terminate('example');
      await order.resolve('abandon', 'reserveStock');
    },
    end: { status: 'cancelled', failure: 'terminated' },
  },
  {
    name: 'repairs-terminated-and-lost',
    story: 'The run is terminated after a parcel was lost and sent again: the run that settles the order.',
    run: 'settle',
    play: async (order) => {
      await order.place();
      const shipments = await dispatch(order);
      await order.sendEvent('shipment.lost', { shipmentId: shipments[0]!.id });
      await order.until((view) => view.shipments.some(({ status }) => status === 'booked'));
      await order.handle().terminate('example');
      order.fails('payment', /:settle:settle$/, 1);
      await order.resolve('abandon', 'reserveStock');
    },
    end: { status: 'cancelled', failure: 'terminated' },
  },
];
