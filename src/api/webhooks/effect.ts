import type { OrderView, ShipmentView } from '../../../contracts/order.js';
import type { ShipmentStatus } from '../../../contracts/statuses.js';
import type { OutsideEvent } from '../../../workflows/messages.js';

const gone: readonly ShipmentStatus[] = ['lost', 'returned', 'cancelled'];

/**
 * Whether the order already shows what the event tells, so that a sender who repeats it makes the run's history no longer.
 * In doubt it does not: the run decides. Payments always go to the run, which alone knows one authorization from another.
 */
export function showsEffect(view: OrderView, { type, data }: OutsideEvent): boolean {
  if (type === 'return.received')
    return view.returns.some(
      ({ id, status }) => id === data.returnId && (status === 'received' || status === 'closed'),
    );
  const meant = parcelsMeant(view, data.shipmentId);
  return type.startsWith('shipment.') && meant.length > 0 && meant.every((parcel) => parcelShows(parcel, type, data));
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
      return status === 'lost';
    case 'shipment.returned':
      return status === 'returned';
    default:
      return false;
  }
}
