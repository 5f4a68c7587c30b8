import type { Life } from './life.js';
import { awaitPayment, card, dispatch, placeShort, placeTwo, returnSome } from './moves.js';

/** Orders that are under way: their runs are recorded while they wait. */
export const open: Life[] = [
  {
    name: 'open-awaiting-payment',
    story: 'The order waits for its payment.',
    play: (order) => awaitPayment(order),
    end: { status: 'awaiting_payment', open: true },
  },
  {
    name: 'open-awaiting-customer',
    story: 'One of two pieces is in stock, and the order waits for the customer.',
    play: placeShort,
    end: { status: 'awaiting_customer', open: true },
  },
  {
    name: 'open-awaiting-review',
    story: 'The order waits for an operator to review it.',
    play: (order) => order.place({ payment: card('tok_review') }),
    end: { status: 'awaiting_review', open: true },
  },
  {
    name: 'open-booked',
    story: 'Two parcels are booked, and the carrier has not taken them yet.',
    play: placeTwo,
    end: { status: 'confirmed', open: true },
  },
  {
    name: 'open-on-its-way',
    story: 'One of two parcels is on its way, and the other one is booked.',
    play: async (order) => {
      const [one] = await placeTwo(order);
      await order.sendEvent('shipment.dispatched', { shipmentId: one!.id });
      await order.untilStep('capturePayment', 'done');
    },
    end: { status: 'shipping', open: true },
  },
  {
    name: 'open-delivered',
    story: 'The parcel is delivered, and nobody has signed for it yet.',
    play: async (order) => {
      await order.place();
      await dispatch(order);
      await order.sendEvent('shipment.delivered');
    },
    end: { status: 'delivered', open: true },
  },
  {
    name: 'open-booking-retried',
    story: 'The shipping service fails, and the booking is being retried.',
    play: async (order) => {
      const { met } = order.fails('shipping', /:book$/);
      await order.place();
      await met;
      await order.untilStep('bookParcel', 'running');
    },
    end: { status: 'confirmed', open: true },
  },
  {
    name: 'open-needs-attention',
    story: 'The shipping service is away for too long, and the order waits for an operator.',
    play: async (order) => {
      order.fails('shipping', /:book$/);
      await order.place();
    },
    end: { status: 'needs_attention', failure: 'service_unavailable', open: true },
  },
  {
    name: 'open-undoing',
    story: 'The order is cancelled, and the inventory has not answered yet.',
    play: async (order) => {
      await awaitPayment(order);
      const { met } = order.fails('inventory', /:release$/);
      await order.command('cancel');
      await met;
    },
    end: { status: 'awaiting_payment', failure: 'cancelled_by_customer', open: true },
  },
  {
    name: 'open-return-requested',
    story: 'A return waits for an operator to approve it.',
    run: 'returns',
    play: (order) => returnSome(order, 3),
    end: { status: 'completed', open: true },
  },
  {
    name: 'open-return-approved',
    story: 'A return is approved, and the goods are on their way back.',
    run: 'returns',
    play: (order) => returnSome(order, 1),
    end: { status: 'completed', open: true },
  },
];
