import type { OrderView, ShipmentView } from '../../../contracts/order.js';
import type { ShipmentStatus } from '../../../contracts/statuses.js';
import type { OutsideEvent } from '../../../workflows/messages.js';

const gone: readonly ShipmentStatus[] = ['lost', 'returned', 'cancelled'];
/** A parcel's way ends once, by what is heard first. */
const atItsEnd: readonly ShipmentStatus[] = ['delivered', 'lost', 'returned'];

/**
 * Whether the event has no effect on the order, as it shows it already or is past it, so that a sender who repeats it makes the run's
 * history no longer. In doubt it has one: the run decides. Money that came always goes to the run, which alone knows one authorization
 * from another.
 */
export function showsEffect(view: OrderView, { type, data }: OutsideEvent): boolean {
  if (type === 'return.received')
    return view.returns.some(
      ({ id, status }) => id === data.returnId && ['received', 'closed', 'rejected'].includes(status),
    );
  if (type === 'payment.failed') return !awaitsPayment(view);
  const meant = parcelsMeant(view, data.shipmentId);
  return type.startsWith('shipment.') && meant.length > 0 && meant.every((parcel) => parcelShows(parcel, type, data));
}

/** Now or later: an order that pays by card awaits none, and one that is paid awaits none any more. */
function awaitsPayment({ payment, steps }: OrderView): boolean {
  const state = steps.find(({ id }) => id === 'authorizePayment')?.state;
  return payment.method === 'later' && !['done', 'skipped', 'undoing', 'undone'].includes(state ?? 'pending');
}

/** Without a shipment id: every parcel that is not lost, returned or cancelled. */
function parcelsMeant({ shipments }: OrderView, shipmentId: string | undefined): ShipmentView[] {
  return shipments.filter(({ id, status }) => (shipmentId === undefined ? !gone.includes(status) : id === shipmentId));
}

function parcelShows(parcel: ShipmentView, type: OutsideEvent['type'], data: OutsideEvent['data']): boolean {
  const { status } = parcel;
  switch (type) {
    case 'shipment.dispatched':
      return (
        ['dispatched', 'delivered', 'lost', 'returned'].includes(status) &&
        (data.trackingNumber === undefined || parcel.trackingNumber !== undefined)
      );
    case 'shipment.delivered':
      return status === 'delivered' && (data.signedBy === undefined || parcel.signedBy !== undefined);
    case 'shipment.lost':
    case 'shipment.returned':
      return atItsEnd.includes(status);
    default:
      return false;
  }
}
