import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Outcome } from '../support/idempotency.js';
import { sortedList } from '../support/pages.js';
import { Rejection } from '../support/errors.js';
import type { bookingStatus, shippingContract } from './contract.js';

type Booking = z.output<typeof shippingContract.book.body>;

interface Stored {
  status: z.output<typeof bookingStatus>;
  trackingNumber: string | null;
}

/** The query of a booking. */
export const bookingOf = (shipmentId: string) => sql<Stored | null>`
  select status, tracking_number as "trackingNumber" from bookings where shipment_id = ${shipmentId}`;

/**
 * Books a parcel. A second call for it, under any key, answers with the same booking.
 *
 * @throws {Rejection} booking_cancelled if it was cancelled, before or after it was made.
 */
export function book(
  stored: Stored | null,
  { shipmentId, orderId, warehouse, carrier, lines, address }: Booking,
): Outcome<{ trackingNumber?: string }> {
  if (stored?.status === 'cancelled') {
    throw new Rejection('booking_cancelled', `The booking ${shipmentId} was cancelled`);
  }
  const trackingNumber = stored ? stored.trackingNumber : carrier === 'simulated' ? trackingNumberOf(shipmentId) : null;
  const answer = trackingNumber === null ? {} : { trackingNumber };
  if (stored) return { answer };
  const effect = sql`
    changed as (
      insert into bookings
        (shipment_id, order_id, status, warehouse, carrier, tracking_number, lines, address, booked_at)
      values
        (${shipmentId}, ${orderId}, 'booked', ${warehouse}, ${carrier}, ${trackingNumber},
          ${JSON.stringify(lines)}, ${JSON.stringify(address)}, now())
      on conflict (shipment_id) do nothing
      returning shipment_id
    )`;
  return { answer, effect };
}

/** Answers `dispatched` if the carrier already has the parcel. A parcel that was never booked cannot be booked afterwards. */
export function cancel(
  stored: Stored | null,
  shipmentId: string,
  orderId: string,
): Outcome<{ status: 'cancelled' | 'dispatched' }> {
  if (stored?.status === 'dispatched' || stored?.status === 'delivered') return { answer: { status: 'dispatched' } };
  const effect = sql`
    changed as (
      insert into bookings (shipment_id, order_id, status) values (${shipmentId}, ${orderId}, 'cancelled')
      on conflict (shipment_id) do update set status = 'cancelled', updated_at = now()
      where bookings.status in ('booked', 'cancelled')
      returning shipment_id
    )`;
  return { answer: { status: 'cancelled' }, effect };
}

/** Bookings in the order in which they were made. A cancellation that came before its booking is none. */
export const bookings = sortedList({
  columns: sql`shipment_id as id, order_id as "orderId", warehouse, carrier, tracking_number as "trackingNumber",
    status, lines, booked_at as "bookedAt", updated_at as "updatedAt"`,
  from: sql`bookings`,
  where: sql`booked_at is not null`,
  sortedBy: { number: z.int() },
});

/** `SIM` and twelve digits, always the same for a parcel. */
function trackingNumberOf(shipmentId: string): string {
  const number = createHash('sha256').update(shipmentId).digest().readBigUInt64BE() % 1_000_000_000_000n;
  return `SIM${number.toString().padStart(12, '0')}`;
}
