import { events } from '../events.js';
import type { OutsideEvent } from '../events.js';
import { shipmentNews } from './shipment-news.js';
import type { Order } from './state.js';
import type { ProcessRun } from '../engine/run-process.js';

/**
 * Puts an event from outside into the mailbox, under the parcel that it is about, and merges its facts into the parcel. An event without a
 * shipment id is about every parcel that is not lost, returned or cancelled. Before the order is confirmed its parcels can still change, so the
 * event is kept for all of them.
 */
export function applyEvent({ type, ...news }: OutsideEvent, order: Order, run: ProcessRun<Order>): void {
  const put = (subject?: string): void => {
    const delivery = { id: news.id, content: news };
    if (subject === undefined) run.deliver(events[type], delivery);
    else run.deliver(events[type], { ...delivery, subject }, () => merge(subject));
  };
  const merge = (shipmentId: string): void => {
    const parcel = order.parcels.find((p) => p.id === shipmentId);
    if (parcel) order.mergeFacts(parcel, shipmentNews(run.mailbox, parcel).facts());
  };
  if (!type.startsWith('shipment.')) put();
  else if (news.data.shipmentId !== undefined) put(news.data.shipmentId);
  else if (!order.confirmed) put();
  else {
    const gone = ['lost', 'returned', 'cancelled'];
    for (const parcel of order.parcels.filter((p) => !gone.includes(p.status))) put(parcel.id);
  }
}
