import type { Life } from './life.js';
import { awaitPayment, pay } from './moves.js';

/** Orders that go on while the order book is away, or stores nothing. */
export const book: Life[] = [
  {
    name: 'book-away',
    story: 'The order book is away while the order is paid, sent and delivered, and catches up afterwards.',
    alone: true,
    play: async (order) => {
      const { total, currency } = await awaitPayment(order);
      await order.stop('orders');
      await order.signal('payment.succeeded', { amount: total, currency });
      await order.untilRun(({ shipments }) => shipments.some(({ status }) => status === 'booked'));
      await order.signal('shipment.delivered', { signedBy: 'Ada Example' });
      await order.untilRun(({ status }) => status === 'completed');
      await order.start('orders');
    },
    end: { status: 'completed' },
  },
  {
    name: 'book-stores-nothing',
    story: 'The order book answers and stores nothing, so the run publishes later.',
    play: async (order) => {
      await awaitPayment(order);
      order.fails('orders', /^PUT /, 3);
      await pay(order);
      await order.untilParcels('booked');
      await order.sendEvent('shipment.delivered', { signedBy: 'Ada Example' });
    },
    end: { status: 'completed' },
  },
];
