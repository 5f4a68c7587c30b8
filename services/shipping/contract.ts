import { z } from 'zod';
import { address, carrier, id, lineQuantities, shipmentId, time } from '../../contracts/values.schema.js';
import { changing, operations } from '../support/operation.js';
import { listOf } from '../support/pages.schema.js';

export const bookingStatus = z.enum(['booked', 'dispatched', 'delivered', 'cancelled']);

/** Bookings at carriers. A booking after its cancellation is rejected with `booking_cancelled`, or with `undone` when another run cancelled it. */
export const shippingContract = operations({
  book: {
    ...changing,
    path: '/v1/shipments',
    summary: 'Book a parcel with its carrier',
    body: z.strictObject({
      shipmentId,
      orderId: id,
      warehouse: id,
      carrier,
      lines: lineQuantities,
      address,
    }),
    answer: z.strictObject({ trackingNumber: z.string().optional() }),
    rejections: ['booking_cancelled', 'undeliverable_address', 'undone'],
  },
  cancel: {
    ...changing,
    path: '/v1/shipments/:shipmentId/cancel',
    summary: 'Undo of book. Answers `dispatched` if the carrier already has the parcel and does not give it back',
    params: z.strictObject({ shipmentId }),
    body: z.strictObject({ orderId: id }),
    answer: z.strictObject({ status: z.enum(['cancelled', 'dispatched']) }),
  },
  listShipments: listOf(
    '/v1/shipments',
    'Bookings',
    z.strictObject({
      id: shipmentId,
      orderId: id,
      warehouse: id,
      carrier: z.string(),
      trackingNumber: z.string().optional(),
      status: bookingStatus,
      lines: lineQuantities,
      bookedAt: time.optional(),
      updatedAt: time,
    }),
  ),
});
