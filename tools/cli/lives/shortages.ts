import type { Life } from './life.js';
import { card, deliver, later, pay, placeShort } from './moves.js';

/** Orders for more than is in stock, and orders that wait for an operator. */
export const shortages: Life[] = [
  {
    name: 'shortage-cancelled',
    story: 'One of two pieces is in stock, and the customer decides to cancel.',
    play: async (order) => {
      await placeShort(order);
      await order.untilStatus('awaiting_customer');
      await order.command('decision', { decision: 'cancel' });
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer' },
  },
  {
    name: 'shortage-amended',
    story: 'One of two pieces is in stock, and the customer orders one.',
    play: async (order) => {
      await placeShort(order);
      await order.untilStatus('awaiting_customer');
      await order.command('amend', { lines: [{ sku: order.ownSku, quantity: 1 }] });
      await deliver(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'shortage-amended-paid-later',
    story: 'One of two pieces is in stock, and the customer orders one and pays later.',
    play: async (order) => {
      await order.stock(order.ownSku, { east: 1 });
      await order.place({ lines: [{ sku: order.ownSku, quantity: 2, unitPrice: 9900 }], payment: later });
      await order.untilStatus('awaiting_customer');
      await order.command('amend', { lines: [{ sku: order.ownSku, quantity: 1 }] });
      await pay(order);
      await deliver(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'shortage-with-discount',
    story: 'Two of three pieces are in stock, the order has a discount, and the customer takes what is there.',
    play: async (order) => {
      await order.stock(order.ownSku, { east: 1, west: 1 });
      await order.place({
        lines: [{ sku: order.ownSku, quantity: 3, unitPrice: 999 }],
        adjustments: [{ kind: 'discount', label: 'Spring', amount: -100 }],
      });
      await order.untilStatus('awaiting_customer');
      await order.command('decision', { decision: 'accept_partial' });
      await deliver(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'shortage-in-review',
    story: 'The order waits for the customer and for an operator at once, and both say yes.',
    play: async (order) => {
      await order.stock(order.ownSku, { east: 1 });
      await order.place({
        lines: [{ sku: order.ownSku, quantity: 2, unitPrice: 9900 }],
        payment: card('tok_review'),
      });
      await order.untilStep('review', 'waiting');
      await order.command('review', { decision: 'approve' }, 'operator');
      await order.untilStatus('awaiting_customer');
      await order.command('decision', { decision: 'accept_partial' });
      await deliver(order);
    },
    end: { status: 'completed' },
  },
];
