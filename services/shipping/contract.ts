import { z } from 'zod';
import { address, carrier, id, lineQuantities, shipmentId, time } from '../../contracts/values.schema.js';
import { operations } from '../support/operation.js';
import { pageOf, pageQuery } from '../support/pages.schema.js';

const bookingStatus = z.enum(['booked', 'dispatched', 'delivered', 'cancelled']);

/** Bookings at carriers. A booking after its cancellation is rejected with `booking_cancelled`, or with `undone` when another run cancelled it. */
export const shippingContract = operations({
  book: {
    method: 'POST',
    path: '/v1/shipments',
    summary: 'Book a parcel with its carrier',
    idempotent: true,
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
    method: 'POST',
    path: '/v1/shipments/:shipmentId/cancel',
    summary: 'Undo of book. Answers `dispatched` if the carrier already has the parcel and does not give it back',
    idempotent: true,
    params: z.strictObject({ shipmentId }),
    body: z.strictObject({ orderId: id }),
    answer: z.strictObject({ status: z.enum(['cancelled', 'dispatched']) }),
  },
  listShipments: {
    method: 'GET',
    path: '/v1/shipments',
    summary: 'Bookings',
    query: z.strictObject({ orderId: id.optional(), ...pageQuery }),
    answer: pageOf(
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
  },
});
