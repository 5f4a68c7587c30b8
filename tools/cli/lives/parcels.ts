import type { Life } from './life.js';
import { complete, deliver, dispatch, lines, placeTwo } from './moves.js';

const delivered: Life['end'] = { status: 'completed' };
const signed = { signedBy: 'Ada Example' };

/** What carriers do, and do not report. */
export const parcels: Life[] = [
  {
    name: 'parcels-other-order-of-news',
    story: 'Two parcels: one is delivered before it is dispatched, and the tracking number comes last.',
    play: async (order) => {
      const [one, two] = (await placeTwo(order)).map(({ id }) => id);
      await order.sendEvent('shipment.delivered', { shipmentId: one!, ...signed });
      await order.untilParcels('delivered', 'east').catch(() => undefined);
      await order.sendEvent('shipment.dispatched', { shipmentId: one!, trackingNumber: 'EX-1' });
      await order.sendEvent('shipment.dispatched', { shipmentId: two! });
      await order.sendEvent('shipment.delivered', { shipmentId: two! });
      await order.untilStatus('delivered');
      await order.signal('shipment.delivered', { shipmentId: two!, ...signed }, 'signature');
    },
    end: delivered,
  },
  {
    name: 'parcels-news-before-confirmation',
    story: 'The carrier reports the parcel before the order is confirmed.',
    play: async (order) => {
      await order.place({ payment: { method: 'card', token: 'tok_review' } });
      await order.untilStatus('awaiting_review');
      await order.signal('shipment.dispatched', { trackingNumber: 'EX-1' });
      await order.command('review', { decision: 'approve' }, 'operator');
      await order.untilParcels('dispatched');
      await order.sendEvent('shipment.delivered', signed);
    },
    end: delivered,
  },
  {
    name: 'parcels-news-in-the-last-task',
    story: 'The tracking number comes while the last view of the order is being stored.',
    play: async (order) => {
      await order.place();
      await dispatch(order);
      const { met } = order.fault('notification', { call: /:notifyCompleted:/, afterMs: 800, times: 1 });
      await order.sendEvent('shipment.delivered', signed);
      await met;
      await order.signal('shipment.dispatched', { trackingNumber: 'EX-2' }, 'late');
    },
    end: delivered,
  },
  {
    name: 'parcels-lost-without-stock',
    story:
      'The carrier loses the only parcel, nothing is in stock to send again, and the customer gets the money back.',
    play: async (order) => {
      await order.stock(order.ownSku, { east: 1 });
      await order.place({ lines: [{ sku: order.ownSku, quantity: 1, unitPrice: 9900 }] });
      await dispatch(order);
      await order.sendEvent('shipment.lost');
    },
    end: { status: 'cancelled', failure: 'lost_in_transit' },
  },
  {
    name: 'parcels-one-lost-one-delivered',
    story: 'One of two parcels is lost and paid back, and the other one is delivered.',
    play: async (order) => {
      await order.stock(order.ownSku, { west: 1 });
      await order.place({ lines: lines('vase', order.ownSku) });
      const shipments = await dispatch(order);
      const { id } = shipments.find(({ warehouse }) => warehouse === 'west')!;
      await order.sendEvent('shipment.lost', { shipmentId: id });
      await order.untilStep('notifyRefunded', 'done');
      await order.sendEvent('shipment.delivered', signed);
    },
    end: delivered,
  },
  {
    name: 'parcels-one-returned-one-delivered',
    story: 'One of two parcels comes back and is paid back, and the other one is delivered.',
    play: async (order) => {
      const [one] = await placeTwo(order);
      await dispatch(order);
      await order.sendEvent('shipment.returned', { shipmentId: one!.id, reason: 'refused' });
      await order.untilStep('notifyRefunded', 'done');
      await order.sendEvent('shipment.delivered', signed);
    },
    end: delivered,
  },
  {
    name: 'parcels-lost-twice',
    story: 'The carrier loses the parcel and the one that replaces it, and delivers the third.',
    play: async (order) => {
      await order.place();
      await dispatch(order);
      for (let lost = 0; lost < 2; lost += 1) {
        const { shipments } = await order.until(
          (view) =>
            view.shipments.filter(({ status }) => status === 'lost').length === lost &&
            view.shipments.some(({ status }) => ['booked', 'dispatched'].includes(status)),
        );
        const { id } = shipments.find(({ status }) => status !== 'lost')!;
        await order.sendEvent('shipment.lost', { shipmentId: id });
      }
      const { shipments } = await order.until(
        (view) => view.shipments.length === 3 && view.shipments.some(({ status }) => status === 'booked'),
      );
      await order.sendEvent('shipment.delivered', {
        shipmentId: shipments.find(({ status }) => status === 'booked')!.id,
        ...signed,
      });
    },
    end: delivered,
  },
  {
    name: 'parcels-receipt-before-delivery',
    story: 'The customer signs while the parcel is on its way, and the carrier reports the delivery later.',
    play: async (order) => {
      await order.place();
      await dispatch(order);
      await order.command('receipt');
      await order.sendEvent('shipment.delivered');
    },
    end: delivered,
  },
  {
    name: 'parcels-unreported',
    story: 'The carrier reports nothing, and an operator skips the dispatch, the delivery and the signature.',
    play: async (order) => {
      const { steps } = await order.place().then(() => order.untilStep('awaitDispatch', 'waiting'));
      const { id } = steps.find((step) => step.id.startsWith('awaitDispatch'))!;
      await order.resolve('skip', id);
      await order.untilStep('awaitDelivery', 'waiting');
      await order.resolve('skip', id.replace('awaitDispatch', 'awaitDelivery'));
      await order.untilStep('signForDelivery', 'waiting');
      await order.resolve('skip', 'signForDelivery');
    },
    end: delivered,
  },
  {
    name: 'parcels-given-up',
    story: 'An operator gives up waiting for the only parcel, and the customer gets the money back.',
    play: async (order) => {
      await order.place();
      await dispatch(order);
      const { steps } = await order.untilStep('awaitDelivery', 'waiting');
      await order.resolve('abandon', steps.find(({ id }) => id.startsWith('awaitDelivery'))!.id);
    },
    end: { status: 'cancelled', failure: 'cancelled_by_operator' },
  },
  {
    name: 'parcels-gone-on-cancel',
    story: 'The customer cancels, but the carrier has the parcel already, so the order goes on.',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      order.fault('shipping', { call: /:cancel$/, answer: { status: 200, body: { status: 'dispatched' } } });
      await order.command('cancel');
      await order.untilParcels('dispatched');
      await order.sendEvent('shipment.delivered', signed);
    },
    end: delivered,
  },
  {
    name: 'parcels-one-gone-on-cancel',
    story: 'The customer cancels two parcels: one is called back and paid back, the other one is on its way.',
    play: async (order) => {
      const [one, two] = await placeTwo(order);
      order.fault('shipping', {
        call: new RegExp(`:${two!.id}:cancel$`),
        answer: { status: 200, body: { status: 'dispatched' } },
      });
      await order.command('cancel');
      await order.untilParcels('cancelled', one!.warehouse);
      await order.untilParcels('dispatched', two!.warehouse);
      await order.sendEvent('shipment.delivered', { shipmentId: two!.id, ...signed });
    },
    end: delivered,
  },
  {
    name: 'parcels-seen-while-cancelling',
    story: 'The carrier does not answer the cancellation, and then reports that the parcel is on its way.',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      const { met } = order.fails('shipping', /:cancel$/);
      await order.command('cancel');
      await met;
      await order.sendEvent('shipment.dispatched');
      await order.untilParcels('dispatched');
      await order.sendEvent('shipment.delivered', signed);
    },
    end: delivered,
  },
  {
    name: 'parcels-cancelled-from-web-ui',
    story: 'An operator presses Cancel in the Web UI when the parcel is booked.',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      await order.handle().cancel();
    },
    end: { status: 'cancelled', failure: 'cancelled_by_operator' },
  },
  {
    name: 'parcels-cancel-from-web-ui-recorded',
    story: 'The same: the history has it before the carrier is asked to cancel the booking.',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      await order.handle().cancel();
    },
    end: { status: 'cancelled', failure: 'cancelled_by_operator' },
  },
  {
    name: 'parcels-cancelled-too-late-from-web-ui',
    story: 'An operator presses Cancel in the Web UI when the parcel is on its way, which changes nothing.',
    play: async (order) => {
      await order.place();
      await dispatch(order);
      await order.handle().cancel();
      await order.sendEvent('shipment.delivered', signed);
    },
    end: delivered,
  },
  {
    name: 'parcels-with-discount-and-tax',
    story: 'Two parcels share a discount and a tax.',
    play: async (order) => {
      const adjustments = [
        { kind: 'discount' as const, label: 'Welcome', amount: -333 },
        { kind: 'tax' as const, label: 'VAT', amount: 401 },
      ];
      await order.place({ lines: lines('vase', 'lamp'), adjustments, email: 'ada@example.com' });
      await deliver(order);
    },
    end: delivered,
  },
  {
    name: 'parcels-many-lines',
    story: 'One order has several lines, some of them from one warehouse.',
    play: (order) => complete(order, { lines: lines('vase', 'lamp', 'mug') }),
    end: delivered,
  },
];
