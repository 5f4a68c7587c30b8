import type { Life } from './life.js';
import { dispatch, lines } from './moves.js';

/** Lost parcels that are sent again, or not. */
export const replacements: Life[] = [
  {
    name: 'replacement-from-another-warehouse',
    story: 'The carrier loses the parcel, and another warehouse sends the goods again.',
    play: async (order) => {
      await order.stock(order.ownSku, { west: 1 });
      await order.place({ lines: lines(order.ownSku) });
      await dispatch(order);
      await order.stock(order.ownSku, { east: 1 });
      await order.sendEvent('shipment.lost');
      const { shipments } = await order.until((view) => view.shipments.some(({ status }) => status === 'booked'));
      const { id } = shipments.find(({ status }) => status === 'booked')!;
      await order.sendEvent('shipment.delivered', { shipmentId: id, signedBy: 'Ada Example' });
    },
    end: { status: 'completed' },
  },
  {
    name: 'replacement-not-meant',
    story: 'The carrier reports once more what it has said about all parcels. It does not mean the parcel sent again.',
    play: async (order) => {
      await order.place();
      await dispatch(order);
      await order.signal('shipment.lost', {}, 'of-all');
      const { shipments } = await order.until((view) => view.shipments.some(({ status }) => status === 'booked'));
      const { id } = shipments.find(({ status }) => status === 'booked')!;
      await order.signal('shipment.lost', {}, 'of-all');
      await order.sendEvent('shipment.delivered', { shipmentId: id, signedBy: 'Ada Example' });
    },
    end: { status: 'completed' },
  },
  {
    name: 'replacement-abandoned',
    story:
      'The parcel that replaces a lost one cannot be booked, an operator abandons it, and has its refund repeated.',
    play: async (order) => {
      await order.place();
      const [lost] = await dispatch(order);
      order.fails('shipping', /-2:book$/);
      await order.sendEvent('shipment.lost', { shipmentId: lost!.id });
      const { failure } = await order.untilStatus('needs_attention');
      const { met, end } = order.rejects('payment', /:refund$/, 'refund_exceeds_captured');
      await order.resolve('abandon', failure!.step);
      await met;
      await order.until(
        ({ status, steps }) => status === 'needs_attention' && steps.some((s) => s.state === 'undoing'),
      );
      end();
      await order.resolve('retry', failure!.step);
    },
    end: { status: 'cancelled', failure: 'lost_in_transit' },
  },
  {
    name: 'replacement-not-found-out',
    story:
      'Nobody answers whether the lost goods can be sent again, and an operator abandons that: they are paid back.',
    play: async (order) => {
      order.fails('inventory', /:replace$/);
      await order.place();
      await dispatch(order);
      await order.sendEvent('shipment.lost');
      await order.resolve('abandon');
    },
    end: { status: 'cancelled', failure: 'lost_in_transit' },
  },
  {
    name: 'replacement-given-up',
    story:
      'The lost goods are sold again, the answer is garbage, and an operator gives that up: they go back to stock.',
    play: async (order) => {
      order.fault('inventory', { call: /:replace$/, changes: () => ({}) });
      await order.place();
      await dispatch(order);
      await order.sendEvent('shipment.lost');
      await order.resolve('abandon');
    },
    end: { status: 'cancelled', failure: 'lost_in_transit' },
  },
];
