import type { Life } from './life.js';
import { amendWhilePaying, awaitPayment, card, deliver, dispatch, later, pay } from './moves.js';

const delivered: Life['end'] = { status: 'completed' };

/** Ways to pay, and to pay wrong. */
export const payments: Life[] = [
  {
    name: 'payment-failed-then-paid',
    story: 'The provider reports a failed payment, and then one that succeeds.',
    play: async (order) => {
      await awaitPayment(order);
      await order.sendEvent('payment.failed');
      await order.until(({ payment }) => payment.attempts.length === 1);
      await pay(order);
      await deliver(order);
    },
    end: delivered,
  },
  {
    name: 'payment-reminder-fails',
    story: 'The reminder of a payment cannot be sent, and the order is paid and delivered without it.',
    play: async (order) => {
      const { met } = order.fails('notification', /:notifyPaymentDue:/);
      await awaitPayment(order);
      await met;
      await pay(order);
      await order.untilStep('notifyPaymentDue', 'failed');
      await deliver(order);
    },
    end: delivered,
  },
  {
    name: 'payment-of-wrong-amounts',
    story: 'The provider reports another amount, another currency, and then the right payment.',
    play: async (order) => {
      const { total, currency } = await awaitPayment(order);
      await order.sendEvent('payment.succeeded', { amount: total - 1, currency }, 'too-little');
      await order.until(({ payment }) => payment.attempts.length === 1);
      await order.sendEvent('payment.succeeded', { amount: total, currency: 'USD' }, 'dollars');
      await order.until(({ payment }) => payment.attempts.length === 2);
      await pay(order);
      await deliver(order);
    },
    end: delivered,
  },
  {
    name: 'payment-twice',
    story: 'The order is paid twice, and another run gives the second payment back.',
    play: async (order) => {
      const { total, currency } = await awaitPayment(order);
      await pay(order);
      await order.untilParcels('booked');
      await order.sendEvent('payment.succeeded', { amount: total, currency }, 'again');
      await deliver(order);
    },
    end: delivered,
  },
  {
    name: 'payment-three-times',
    story: 'Two payments too many come at once: the second one finds the run that gives the first one back.',
    play: async (order) => {
      const { total, currency } = await awaitPayment(order);
      const fault = order.fails('payment', /:giveBack:/);
      await pay(order);
      await order.untilParcels('booked');
      await order.sendEvent('payment.succeeded', { amount: total, currency }, 'second');
      await fault.met;
      await order.sendEvent('payment.succeeded', { amount: total, currency }, 'third');
      await dispatch(order);
      fault.end();
      await order.sendEvent('shipment.delivered', { signedBy: 'Ada Example' });
    },
    end: delivered,
  },
  {
    name: 'payment-message-twice',
    story: 'Each message of the provider and the carrier comes twice.',
    play: async (order) => {
      const { total, currency } = await awaitPayment(order);
      const paid = () => order.signal('payment.succeeded', { amount: total, currency });
      await Promise.all([paid(), paid()]);
      await order.untilParcels('booked');
      await order.signal('shipment.dispatched');
      await order.signal('shipment.dispatched');
      await order.untilParcels('dispatched');
      await order.signal('shipment.delivered');
      await order.signal('shipment.delivered');
      await order.untilStatus('delivered');
      await order.command('receipt');
    },
    end: delivered,
  },
  {
    name: 'payment-with-fraudulent-card',
    story: 'The customer pays later with a fraudulent card, with a flagged one, and with a good one.',
    play: async (order) => {
      await awaitPayment(order);
      await order.command('payment', card('tok_fraud'));
      await order.until(({ payment }) => payment.attempts.length === 1);
      await order.command('payment', card('tok_review'));
      await order.until(({ payment }) => payment.attempts.length === 2);
      await order.command('payment', card('tok_ok'));
      await deliver(order);
    },
    end: delivered,
  },
  {
    name: 'payment-by-flaky-card',
    story: 'The card network fails at first.',
    play: async (order) => {
      await order.place({ payment: card('tok_flaky') });
      await deliver(order);
    },
    end: delivered,
  },
  {
    name: 'payment-cut-off',
    story: 'The customer cancels while a payment of the provider is being recorded, and the money is given back.',
    play: async (order) => {
      await awaitPayment(order);
      const { met } = order.fails('payment', /:record:/);
      await pay(order);
      await met;
      await order.untilStep('authorizePayment', 'running');
      await order.command('cancel');
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer' },
  },
  {
    name: 'payment-after-the-end',
    story: 'The provider reports a payment of a cancelled order: the run that gives it back.',
    run: 'late-payment',
    play: async (order) => {
      const { total, currency } = await awaitPayment(order);
      await order.command('cancel');
      await order.untilStatus('cancelled');
      await order.sendEvent('payment.succeeded', { amount: total, currency });
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer' },
  },
  {
    name: 'payment-late-again-and-again',
    story: 'Three more payments of a completed order come: the own one again, another one twice, and one of nothing.',
    run: 'late-payment',
    play: async (order) => {
      const { total, currency } = await awaitPayment(order);
      await pay(order);
      await deliver(order);
      await order.untilStatus('completed');
      const fault = order.fails('payment', /:giveBack:/);
      await order.sendEvent('payment.succeeded', { amount: total, currency }, 'late');
      await fault.met;
      const run = order.handle('late-payment');
      const timestamp = new Date().toISOString();
      const news = (id: string, amount = total) => ({
        id: `${order.orderId}:payment.succeeded${id}`,
        timestamp,
        data: { amount, currency },
      });
      for (const each of [news(':late'), news(''), news(':nothing', 0)]) await run.signal('payment.succeeded', each);
      fault.end();
    },
    end: delivered,
  },
  {
    name: 'payment-late-and-rejected',
    story: 'The payment service rejects a late payment, which stays due: the run tries again in a minute.',
    run: 'late-payment',
    play: async (order) => {
      const { total, currency } = await awaitPayment(order);
      await order.command('cancel');
      await order.untilStatus('cancelled');
      const fault = order.fault('payment', {
        call: /:giveBack:/,
        answer: { status: 401, body: { code: 'unauthorized' } },
      });
      await order.sendEvent('payment.succeeded', { amount: total, currency });
      await fault.met;
      await order.untilEvent('TimerStarted', 'late-payment');
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer', open: true },
  },
  {
    name: 'payment-late-and-rejected-at-first',
    story: 'The payment service rejects a late payment, and takes it a minute later.',
    run: 'late-payment',
    play: async (order) => {
      const { total, currency } = await awaitPayment(order);
      await order.command('cancel');
      await order.untilStatus('cancelled');
      const answer = { status: 401, body: { code: 'unauthorized' } };
      const { met } = order.fault('payment', { call: /:giveBack:/, times: 1, answer });
      await order.sendEvent('payment.succeeded', { amount: total, currency });
      await met;
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer' },
  },
  {
    name: 'payment-late-a-hundred-times',
    story: 'The message of a late payment comes a hundred times more, and the run continues as new.',
    run: 'late-payment',
    isFirstRun: true,
    play: async (order) => {
      const { total, currency } = await awaitPayment(order);
      await order.command('cancel');
      await order.untilStatus('cancelled');
      const fault = order.fails('payment', /:giveBack:/);
      await order.sendEvent('payment.succeeded', { amount: total, currency });
      await fault.met;
      const news = { id: 'again', timestamp: new Date().toISOString(), data: { amount: 0, currency } };
      for (let count = 0; count < 101; count += 1) await order.handle('late-payment').signal('payment.succeeded', news);
      fault.end();
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer' },
  },
  {
    name: 'payment-amended',
    story: 'The customer orders less and then moves, before paying later.',
    play: async (order) => {
      await awaitPayment(order);
      await order.command('amend', { lines: [{ sku: 'mug', quantity: 1 }] });
      await order.until(({ lines }) => lines[0]!.reserved === 1);
      const address = {
        name: 'Ada Example',
        line1: '2 Example Street',
        city: 'Berlin',
        postalCode: '10115',
        country: 'DE',
      };
      await order.command('amend', { shippingAddress: address });
      await pay(order);
      await deliver(order);
    },
    end: delivered,
  },
  {
    name: 'payment-amended-in-review',
    story: 'The customer orders less while an operator reviews the order.',
    play: async (order) => {
      await order.place({ payment: card('tok_review') });
      await order.untilStatus('awaiting_review');
      await order.command('amend', { lines: [{ sku: 'mug', quantity: 1 }] });
      await order.command('review', { decision: 'approve' }, 'operator');
      await deliver(order);
    },
    end: delivered,
  },
  {
    name: 'payment-amended-while-paying',
    story: 'The customer orders less while a slow card is being charged, and less of the money is held.',
    play: async (order) => {
      await amendWhilePaying(order);
      await deliver(order);
    },
    end: delivered,
  },
  {
    name: 'payment-command-in-a-chain',
    story: 'The customer orders less while the short calls of the placed order are under way.',
    play: async (order) => {
      const { met } = order.fault('inventory', { call: /:reserve$/, afterMs: 800, times: 1 });
      await order.place({ payment: later });
      await met;
      await order.update('amend', { lines: [{ sku: 'mug', quantity: 1 }] });
      await order.until(({ lines, status }) => status === 'awaiting_payment' && lines[0]!.quantity === 1);
      await pay(order);
      await deliver(order);
    },
    end: delivered,
  },
];
