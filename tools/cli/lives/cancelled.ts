import type { Life } from './life.js';
import { card, later, lines, placeShort } from './moves.js';

/** Orders that end early, and are undone. */
export const cancelled: Life[] = [
  {
    name: 'cancelled-by-customer-unpaid',
    story: 'The customer cancels an order that waits for its payment.',
    play: async (order) => {
      await order.place({ payment: later });
      await order.untilStatus('awaiting_payment');
      await order.command('cancel', { reason: 'changed my mind' });
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer' },
  },
  {
    name: 'cancelled-by-customer-confirmed',
    story: 'The customer cancels when two parcels are booked.',
    play: async (order) => {
      await order.place({ lines: lines('vase', 'lamp') });
      await order.untilParcels('booked');
      await order.command('cancel');
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer' },
  },
  {
    name: 'cancelled-by-operator',
    story: 'An operator cancels when the parcel is booked.',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      await order.command('cancel', {}, 'operator');
    },
    end: { status: 'cancelled', failure: 'cancelled_by_operator' },
  },
  {
    name: 'cancelled-payment-deadline',
    story: 'Nobody pays in time.',
    play: (order) => order.place({ payment: later }),
    end: { status: 'cancelled', failure: 'payment_deadline' },
  },
  {
    name: 'cancelled-customer-deadline',
    story: 'One of two pieces is in stock, and the customer does not decide in time.',
    play: placeShort,
    end: { status: 'cancelled', failure: 'customer_deadline' },
  },
  {
    name: 'cancelled-review-deadline',
    story: 'A flagged card sends the order to the operators, and none decides in time.',
    play: (order) => order.place({ payment: card('tok_review') }),
    end: { status: 'cancelled', failure: 'review_deadline' },
  },
  {
    name: 'cancelled-returned-to-sender',
    story: 'The parcel comes back to its warehouse.',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      await order.sendEvent('shipment.dispatched');
      await order.untilParcels('dispatched');
      await order.sendEvent('shipment.returned', { reason: 'not collected' });
    },
    end: { status: 'cancelled', failure: 'returned_to_sender' },
  },
];
