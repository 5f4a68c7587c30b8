import type { PlaceOrder } from '../../../contracts/order.js';
import { mostPaymentAttempts } from '../../../contracts/bounds.js';
import type { Life } from './life.js';
import { awaitPayment, card } from './moves.js';

/** Three free pieces with a tax of 1, of which one piece has no part. */
export const almostFree = (sku: string): Partial<PlaceOrder> => ({
  lines: [{ sku, quantity: 3, unitPrice: 0 }],
  shippingFee: 0,
  adjustments: [{ kind: 'tax', label: 'VAT', amount: 1 }],
});

/** Orders at their limits, and messages that do not fit. */
export const limits: Life[] = [
  {
    name: 'limit-of-what-is-left',
    story: 'One of three pieces is in stock and would cost nothing, so the customer can only cancel.',
    play: async (order) => {
      await order.stock(order.ownSku, { east: 1 });
      await order.place(almostFree(order.ownSku));
      await order.untilStatus('awaiting_customer');
      await order.updateTogether([
        ['amend', {}],
        ['decision', { decision: 'accept_partial' }],
        ['decision', { decision: 'cancel' }],
      ]);
    },
    end: { status: 'cancelled', failure: 'cancelled_by_operator' },
  },
  {
    name: 'limit-of-payments',
    story: 'The provider reports so many failed payments that the order takes no more.',
    play: async (order) => {
      await awaitPayment(order);
      const { met } = order.fault('orders', { call: /^PUT /, afterMs: 800, times: 1 });
      const fail = (count: number) => order.signal('payment.failed', {}, `${count}`);
      await fail(0);
      await met;
      await Promise.all(Array.from({ length: mostPaymentAttempts }, (_, index) => fail(index + 1)));
      await order.until(({ payment }) => payment.attempts.length === mostPaymentAttempts);
      await order.updateTogether([
        ['amend', {}],
        ['payment', card('tok_ok')],
      ]);
      await order.command('cancel');
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer' },
  },
  {
    name: 'limit-of-what-fits',
    story: 'Messages come that do not fit their declaration, and change nothing.',
    play: async (order) => {
      await awaitPayment(order);
      const news = { id: 'odd', timestamp: new Date().toISOString() };
      const odd: unknown[] = [
        'paid',
        { ...news, timestamp: 'yesterday', data: {} },
        { ...news, data: { lines: 'all' } },
        { ...news, data: { lines: [] } },
        { ...news, data: { lines: [{ sku: 'mug', quantity: 0 }] } },
      ];
      for (const content of odd) await order.handle().signal('payment.succeeded', content);
      await order.command('cancel');
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer' },
  },
];
