import type { OutsideEvent } from '../events.js';
import { shipmentNews } from './shipment-news.js';
import type { Order } from './state.js';
import type { ProcessRun } from '../engine/run-process.js';

/**
 * Puts news from outside into the mailbox, under what it is about, and merges what it tells into the parcel. An event without a shipment is
 * about every parcel that is still on its way or has arrived; until the order is confirmed its parcels may change, and it is kept for those
 * that there will be.
 */
export function hear(event: OutsideEvent, order: Order, run: ProcessRun<Order>): void {
  const put = (subject?: string): void => {
    const message = { id: event.id, kind: event.type, content: event };
    if (subject === undefined) run.deliver(message);
    else run.deliver({ ...message, subject }, () => merge(subject));
  };
  const merge = (shipmentId: string): void => {
    const parcel = order.parcels.find((p) => p.id === shipmentId);
    if (parcel) order.heard(parcel, shipmentNews(run.mailbox, parcel).facts());
  };
  if (!event.type.startsWith('shipment.')) put();
  else if (event.data.shipmentId !== undefined) put(event.data.shipmentId);
  else if (!order.confirmed) put();
  else {
    const gone = ['lost', 'returned', 'cancelled'];
    for (const parcel of order.parcels.filter((p) => !gone.includes(p.status))) put(parcel.id);
  }
}
