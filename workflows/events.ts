import type { OutsideEvent } from './messages.js';
import type { Order } from './order.js';
import type { ProcessRun } from './process/run-process.js';

/**
 * Puts news from outside into the mailbox, under what it is about. An event without a shipment is about every parcel that is still
 * on its way or has arrived; before there are parcels it is kept for all of them.
 */
export function hear(event: OutsideEvent, order: Order, run: ProcessRun<Order>): void {
  const put = (subject?: string) =>
    run.deliver({ id: event.id, kind: event.type, content: event, ...(subject === undefined ? {} : { subject }) });
  if (!event.type.startsWith('shipment.')) put();
  else if (event.data.shipmentId !== undefined) put(event.data.shipmentId);
  else if (order.parcels.length === 0) put();
  else {
    const gone = ['lost', 'returned', 'cancelled'];
    for (const parcel of order.parcels.filter((p) => !gone.includes(p.status))) put(parcel.id);
  }
}
