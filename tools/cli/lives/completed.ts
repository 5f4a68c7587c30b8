import type { Life } from './life.js';
import { card, deliver, later, lines, placeShort } from './moves.js';

/** Orders that are delivered. */
export const completed: Life[] = [
  {
    name: 'completed-one-parcel',
    story: 'A card pays for one parcel, and the simulated carrier delivers it against a signature.',
    play: async (order) => {
      await order.place({ carrier: 'simulated' });
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-without-a-carrier',
    story: 'The shop names no carrier, so the simulated one delivers the parcel.',
    play: async (order) => {
      await order.place({ carrier: undefined });
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-two-parcels',
    story: 'Two warehouses send one parcel each, and the carrier reports them one by one.',
    play: async (order) => {
      await order.place({ lines: lines('vase', 'lamp') });
      const { shipments } = await order.untilParcels('booked');
      for (const { id, warehouse } of shipments) {
        await order.sendEvent('shipment.dispatched', { shipmentId: id });
        await order.untilParcels('dispatched', warehouse);
      }
      for (const { id } of shipments) {
        await order.sendEvent('shipment.delivered', { shipmentId: id, signedBy: 'Ada Example' });
      }
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-paid-later-by-customer',
    story: 'The customer pays later: a card that is declined, and then one that is not.',
    play: async (order) => {
      await order.place({ payment: later });
      await order.untilStatus('awaiting_payment');
      await order.command('payment', card('tok_declined'));
      await order.until(({ payment }) => payment.attempts.length === 1);
      await order.command('payment', card('tok_ok'));
      await deliver(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-paid-later-by-provider',
    story: 'The payment provider reports the payment of an order that is paid later.',
    play: async (order) => {
      const { total, currency } = await order.place({ payment: later });
      await order.untilStatus('awaiting_payment');
      await order.sendEvent('payment.succeeded', { amount: total, currency });
      await deliver(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-by-receipt',
    story: 'Nobody signs for the delivery, and the customer confirms the receipt.',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      await order.sendEvent('shipment.delivered');
      await order.untilStatus('delivered');
      await order.command('receipt');
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-signed-automatically',
    story: 'Nobody signs for the delivery, so it counts as signed for after a while.',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      await order.sendEvent('shipment.delivered');
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-part-of-a-short-line',
    story: 'One of two pieces is in stock, and the customer takes it.',
    play: async (order) => {
      await placeShort(order);
      await order.untilStatus('awaiting_customer');
      await order.command('decision', { decision: 'accept_partial' });
      await deliver(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-after-review',
    story: 'A flagged card sends the order to an operator, who approves it.',
    play: async (order) => {
      await order.place({ payment: card('tok_review') });
      await order.untilStatus('awaiting_review');
      await order.command('review', { decision: 'approve', note: 'known customer' }, 'operator');
      await deliver(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-lost-and-sent-again',
    story: 'The carrier loses the parcel, and the warehouse sends another one.',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      await order.sendEvent('shipment.dispatched');
      const { shipments } = await order.untilParcels('dispatched');
      await order.sendEvent('shipment.lost', { shipmentId: shipments[0]!.id });
      const again = await order.until((view) => view.shipments.some(({ status }) => status === 'booked'));
      const { id } = again.shipments.find(({ status }) => status === 'booked')!;
      await order.sendEvent('shipment.delivered', { shipmentId: id, signedBy: 'Ada Example' });
    },
    end: { status: 'completed' },
  },
];
