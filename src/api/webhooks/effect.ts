import { mostPaymentAttempts } from '../../../contracts/bounds.js';
import type { OrderView, ShipmentView } from '../../../contracts/order.js';
import { isEnded } from '../../../contracts/statuses.js';
import type { ShipmentStatus } from '../../../contracts/statuses.js';
import { isTakenBy, stepsOf } from '../../../workflows/engine/definition.js';
import { events } from '../../../workflows/events.js';
import type { OutsideEvent } from '../../../workflows/events.js';
import { orderVersions } from '../../../workflows/order/process.js';

const gone: readonly ShipmentStatus[] = ['lost', 'returned', 'cancelled'];
/** A parcel's way ends once, by what is heard first. */
const atItsEnd: readonly ShipmentStatus[] = ['delivered', 'lost', 'returned'];

/**
 * Whether the event has no effect on the order, as it shows it already or is past it, so that a sender who repeats it makes the run's
 * history no longer. In doubt it has one: the run decides. Money that came always goes to the run, which alone knows one authorization
 * from another.
 */
export function showsEffect(view: OrderView, event: OutsideEvent): boolean {
  const { type, data } = event;
  if (type === 'return.received') {
    return view.returns.some(
      ({ id, status }) => id === data.returnId && ['received', 'closed', 'rejected'].includes(status),
    );
  }
  if (type === 'payment.failed') return !awaitsPayment(view) || hasHadItsAttempts(view);
  // What pays the order is always taken.
  if (type === 'payment.succeeded') {
    return (
      awaitsPayment(view) && hasHadItsAttempts(view) && (data.amount !== view.total || data.currency !== view.currency)
    );
  }
  const meant = parcelsMeant(view, data.shipmentId);
  // An open order may have more parcels soon, for which the run keeps the event.
  const settled = meant.length > 0 || (isEnded(view.status) && data.shipmentId === undefined);
  return type.startsWith('shipment.') && settled && meant.every((parcel) => parcelShows(parcel, event));
}

/** It records no failed attempt any more. */
function hasHadItsAttempts({ payment }: OrderView): boolean {
  return payment.attempts.filter(({ outcome }) => outcome !== 'returned').length >= mostPaymentAttempts;
}

const paymentSteps: ReadonlySet<string> = new Set(
  stepsOf(orderVersions)
    .filter((step) => isTakenBy(step, events['payment.succeeded']))
    .map((step) => step.id),
);

/** Now or later: an order that pays by card awaits none, and one that is paid awaits none any more. */
export function awaitsPayment({ payment, steps }: OrderView): boolean {
  const state = steps.find(({ id }) => paymentSteps.has(id))?.state;
  return payment.method === 'later' && !['done', 'skipped', 'undoing', 'undone'].includes(state ?? 'pending');
}

/** Without a shipment id: every parcel that is not lost, returned or cancelled. */
function parcelsMeant({ shipments }: OrderView, shipmentId: string | undefined): ShipmentView[] {
  return shipments.filter(({ id, status }) => (shipmentId === undefined ? !gone.includes(status) : id === shipmentId));
}

/** Facts are merged whenever they come, so an event with a fact that the parcel does not show has an effect. */
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

/** The first dispatch counts. A time that is not a dispatch's own, as nobody told of it, gives way to any that is. */
function showsDispatch({ status, dispatchedAt, deliveredAt }: ShipmentView, { timestamp }: OutsideEvent): boolean {
  if (dispatchedAt === timestamp) return true;
  const own = status === 'dispatched' || (status === 'delivered' && dispatchedAt !== deliveredAt);
  return own && dispatchedAt !== undefined && dispatchedAt < timestamp;
}

function showsEnd(parcel: ShipmentView, { type, timestamp, data: { signedBy } }: OutsideEvent): boolean {
  if (!atItsEnd.includes(parcel.status)) return false;
  if (type !== 'shipment.delivered' || parcel.status !== 'delivered') return true;
  const { deliveredAt } = parcel;
  return deliveredAt !== undefined && deliveredAt <= timestamp && [undefined, parcel.signedBy].includes(signedBy);
}
