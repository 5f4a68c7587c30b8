import { mostPaymentAttempts } from '../../../contracts/bounds.js';
import type { OrderView, ShipmentView } from '../../../contracts/order.js';
import { isEnded } from '../../../contracts/statuses.js';
import type { ShipmentStatus } from '../../../contracts/statuses.js';
import { isTakenBy, stepsOf } from '../../../workflows/engine/definition.js';
import { events } from '../../../workflows/events.js';
import type { OutsideEvent } from '../../../workflows/events.js';
import { orderVersions } from '../../../workflows/order/process.js';

const noLongerShipped: readonly ShipmentStatus[] = ['lost', 'returned', 'cancelled'];
/** The first of these events about a parcel counts. */
const finalStatuses: readonly ShipmentStatus[] = ['delivered', 'lost', 'returned'];

/**
 * Whether the event cannot change the order, because the order shows its effect already or is past it. Such an event is not sent to the run,
 * so repetitions do not grow the history. When in doubt the answer is no, and the run decides. A payment always goes to the run, because
 * only the run can tell authorizations apart.
 */
export function showsEffect(view: OrderView, event: OutsideEvent): boolean {
  const { type, data } = event;
  if (type === 'return.received') {
    return view.returns.some(
      ({ id, status }) => id === data.returnId && ['received', 'closed', 'rejected'].includes(status),
    );
  }
  if (type === 'payment.failed') return !awaitsPayment(view) || usedAllAttempts(view);
  // A payment of the exact amount always goes to the run.
  if (type === 'payment.succeeded') {
    return (
      awaitsPayment(view) && usedAllAttempts(view) && (data.amount !== view.total || data.currency !== view.currency)
    );
  }
  const parcels = parcelsOf(view, data.shipmentId);
  // An open order may get more parcels soon; the run keeps the event for them.
  const settled = parcels.length > 0 || (isEnded(view.status) && data.shipmentId === undefined);
  return type.startsWith('shipment.') && settled && parcels.every((parcel) => parcelShows(parcel, event));
}

/** The order records no more failed attempts. */
function usedAllAttempts({ payment }: OrderView): boolean {
  return payment.attempts.filter(({ outcome }) => outcome !== 'returned').length >= mostPaymentAttempts;
}

const paymentSteps: ReadonlySet<string> = new Set(
  stepsOf(orderVersions)
    .filter((step) => isTakenBy(step, events['payment.succeeded']))
    .map((step) => step.id),
);

/** Whether the order waits for a payment, now or later. An order paid by card never does. */
export function awaitsPayment({ payment, steps }: OrderView): boolean {
  const state = steps.find(({ id }) => paymentSteps.has(id))?.state;
  return payment.method === 'later' && !['done', 'skipped', 'undoing', 'undone'].includes(state ?? 'pending');
}

/** The parcels that the event is about; without a shipment id, every parcel that is not lost, returned or cancelled. */
function parcelsOf({ shipments }: OrderView, shipmentId: string | undefined): ShipmentView[] {
  return shipments.filter(({ id, status }) =>
    shipmentId === undefined ? !noLongerShipped.includes(status) : id === shipmentId,
  );
}

/** An event with a fact that the parcel does not show has an effect: facts are merged whenever they arrive. */
function parcelShows(parcel: ShipmentView, event: OutsideEvent): boolean {
  const { status } = parcel;
  if (status === 'cancelled') return true;
  const { trackingNumber, carrier } = event.data;
  return (
    (trackingNumber === undefined || trackingNumber === parcel.trackingNumber) &&
    (carrier === undefined || carrier === parcel.carrier) &&
    (event.type === 'shipment.dispatched' ? showsDispatch(parcel, event) : showsEnd(parcel, event))
  );
}

/** The first reported dispatch counts. A dispatch time that was derived from the delivery is replaced by any reported one. */
function showsDispatch({ status, dispatchedAt, deliveredAt }: ShipmentView, { timestamp }: OutsideEvent): boolean {
  if (dispatchedAt === timestamp) return true;
  const isReported = status === 'dispatched' || (status === 'delivered' && dispatchedAt !== deliveredAt);
  return isReported && dispatchedAt !== undefined && dispatchedAt < timestamp;
}

function showsEnd(parcel: ShipmentView, { type, timestamp, data: { signedBy } }: OutsideEvent): boolean {
  if (!finalStatuses.includes(parcel.status)) return false;
  if (type !== 'shipment.delivered' || parcel.status !== 'delivered') return true;
  const { deliveredAt } = parcel;
  return deliveredAt !== undefined && deliveredAt <= timestamp && [undefined, parcel.signedBy].includes(signedBy);
}
