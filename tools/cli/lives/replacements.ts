import type { Driver } from './driver.js';
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
    play: giveUpTheReplacement,
    end: { status: 'cancelled', failure: 'lost_in_transit' },
  },
  {
    name: 'replacement-given-up-for-good',
    story: 'The same, and the booking of the replacement is cancelled, before its goods go back.',
    play: giveUpTheReplacement,
    end: { status: 'cancelled', failure: 'lost_in_transit' },
  },
  {
    name: 'replacement-given-up-unsold',
    story: 'An operator gives up the call for the lost goods while an attempt hangs: nothing was sold again.',
    play: async (order) => {
      const answer = { status: 503, body: { code: 'unavailable', detail: 'Closed for an hour.' } };
      order.fails('inventory', /:replace$/, 1);
      const { met, end } = order.fault('inventory', { call: /:replace$/, held: 'call', answer });
      await order.place();
      const [parcel] = await dispatch(order);
      await order.sendEvent('shipment.lost');
      await met;
      await order.resolve('abandon', `recoverParcel:${parcel!.id}`);
      end();
    },
    end: { status: 'cancelled', failure: 'lost_in_transit' },
  },
  {
    name: 'replacement-given-up-too-late',
    story: 'An operator gives up a replacement that the carrier has already: the order goes on with it.',
    play: async (order) => {
      order.fault('inventory', { call: /:replace$/, changes: () => ({}) });
      order.fault('shipping', { call: /:cancel:/, answer: { status: 200, body: { status: 'dispatched' } } });
      await order.place();
      await dispatch(order);
      await order.sendEvent('shipment.lost');
      await order.resolve('abandon');
      const { shipments } = await order.until((view) => view.shipments.length === 2);
      await order.sendEvent('shipment.delivered', { shipmentId: shipments[1]!.id, signedBy: 'Ada Example' });
    },
    end: { status: 'completed' },
  },
];

/** The goods are sold again, and the run cannot read the answer. */
async function giveUpTheReplacement(order: Driver): Promise<void> {
  order.fault('inventory', { call: /:replace$/, changes: () => ({}) });
  await order.place();
  await dispatch(order);
  await order.sendEvent('shipment.lost');
  await order.resolve('abandon');
}
