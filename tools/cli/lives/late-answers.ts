import type { Life } from './life.js';
import { awaitPayment, card, deliver, later, pay, placeTwo } from './moves.js';

const cancelled: Life['end'] = { status: 'cancelled', failure: 'cancelled_by_customer' };
const completed: Life['end'] = { status: 'completed' };
export const signed = { signedBy: 'Ada Example' };

/** Answers and news that come when something else has happened, or that differ from what the order knows. */
export const lateAnswers: Life[] = [
  {
    name: 'late-answer-of-a-hold',
    story: 'The customer cancels while the hold on the stock is being extended.',
    play: async (order) => {
      const { met, end } = order.holdsOrdinary('inventory', /:renew$/);
      await order.place({ payment: later });
      await met;
      await order.command('cancel');
      end();
    },
    end: cancelled,
  },
  {
    name: 'late-answer-of-an-amendment',
    story:
      'The customer orders less and cancels while the reserved stock is being lowered, before the card is charged.',
    play: async (order) => {
      await order.place({ payment: card('tok_review') });
      await order.untilStatus('awaiting_review');
      await order.command('amend', { lines: [{ sku: 'mug', quantity: 1 }] });
      const { met, end } = order.holdsOrdinary('inventory', /:reduce:1$/);
      await order.command('review', { decision: 'approve' }, 'operator');
      await met;
      await order.command('cancel');
      end();
    },
    end: cancelled,
  },
  {
    name: 'late-answer-declines-the-card',
    story: 'The customer cancels while the card is being charged, and the card is declined.',
    play: async (order) => {
      const { met, end } = order.holdsOrdinary('payment', /:authorize$/);
      await order.place({ payment: card('tok_declined') });
      await met;
      await order.command('cancel');
      end();
    },
    end: cancelled,
  },
  {
    name: 'late-answer-is-a-fault',
    story: 'The customer cancels while the stock is being sold, and the inventory fails.',
    play: async (order) => {
      order.fails('inventory', /:commit$/, 1);
      const answer = { status: 503, body: { code: 'unavailable', detail: 'Closed for an hour.' } };
      const { met, end } = order.fault('inventory', { call: /:commit$/, held: 'call', answer });
      await order.place();
      await met;
      await order.command('cancel');
      end();
    },
    end: cancelled,
  },
  {
    name: 'late-answer-of-a-booking',
    story:
      'The customer cancels while the parcel is being booked, but the carrier has it already, so the order goes on.',
    play: async (order) => {
      const { met, end } = order.holdsOrdinary('shipping', /:book$/);
      order.fault('shipping', { call: /:cancel$/, answer: { status: 200, body: { status: 'dispatched' } } });
      await order.place();
      await met;
      await order.command('cancel');
      end();
      await order.untilParcels('dispatched');
      await order.sendEvent('shipment.delivered', signed);
    },
    end: completed,
  },
  {
    name: 'late-answer-of-a-capture',
    story: 'Two parcels are paid for, and the answer to the first capture comes after that to the second one.',
    play: async (order) => {
      const [one, two] = await placeTwo(order);
      const { met, end } = order.holds('payment', new RegExp(`${one!.id}:capture$`), 'answer');
      await order.sendEvent('shipment.dispatched', { shipmentId: one!.id });
      await met;
      await order.sendEvent('shipment.dispatched', { shipmentId: two!.id });
      await order.untilStep('capturePayment', 'done');
      end();
      await order.until(({ steps }) =>
        steps.filter(({ id }) => id.startsWith('capturePayment')).every(({ state }) => state === 'done'),
      );
      await order.sendEvent('shipment.delivered', signed);
    },
    end: completed,
  },
  {
    name: 'late-answer-names-another-warehouse',
    story: 'The hold on the stock ran out, and the same goods are reserved in another warehouse.',
    play: async (order) => {
      order.fault('inventory', { call: /:renew$/, times: 1, changes: elsewhere });
      await awaitPayment(order);
      await pay(order);
      await deliver(order);
    },
    end: completed,
  },
  {
    name: 'late-news-of-the-dispatch',
    story: 'The carrier reports the delivery, and later the dispatch with another tracking number.',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      await order.signal('shipment.delivered', { trackingNumber: 'EX-2' });
      await order.untilStatus('delivered');
      await order.signal('shipment.dispatched', { trackingNumber: 'EX-1' });
      await order.command('receipt');
    },
    end: completed,
  },
  {
    name: 'late-news-of-a-loss',
    story: 'The carrier reports the parcel as lost and as delivered, before the order is confirmed: it is delivered.',
    play: async (order) => {
      await order.place({ payment: card('tok_review') });
      await order.untilStatus('awaiting_review');
      await order.signal('shipment.lost');
      await order.signal('shipment.delivered', signed);
      await order.command('review', { decision: 'approve' }, 'operator');
    },
    end: completed,
  },
  {
    name: 'late-news-after-a-loss',
    story:
      'The carrier loses the parcel and sends it back while its booking is not answered: the goods are sent again all the same.',
    play: async (order) => {
      const { met, end } = order.holdsOrdinary('shipping', /:book$/);
      await order.place();
      await met;
      await order.signal('shipment.lost');
      await order.signal('shipment.returned');
      end();
      const { shipments } = await order.until((view) => view.shipments[1]?.status === 'booked');
      await order.sendEvent('shipment.delivered', { shipmentId: shipments[1]!.id, ...signed });
    },
    end: completed,
  },
];

function elsewhere(answer: { parcels: { shipmentId: string; warehouse: string }[] }): object {
  const parcels = answer.parcels.map((parcel) => {
    const warehouse = parcel.warehouse === 'east' ? 'west' : 'east';
    return { ...parcel, warehouse, shipmentId: parcel.shipmentId.replace(parcel.warehouse, warehouse) };
  });
  return { ...answer, parcels };
}
