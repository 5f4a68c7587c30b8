import { createHash } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import type { z } from 'zod';
import type { QueryOf } from '../support/operation.js';
import { readNumbered, type Page } from '../support/pages.js';
import { Rejection } from '../support/errors.js';
import type { shippingContract } from './contract.js';
import type { ShippingTables } from './tables.js';

type Booking = z.output<typeof shippingContract.book.body>;
type BookingItem = z.output<typeof shippingContract.listShipments.answer>['items'][number];

/**
 * Books a parcel. A second call for it, under any key, answers with the same booking.
 *
 * @returns isNew: whether this call made the booking.
 * @throws {Rejection} booking_cancelled if it was cancelled, before or after it was made.
 */
export async function book(
  tx: Kysely<ShippingTables>,
  { shipmentId, orderId, warehouse, carrier, lines, address }: Booking,
): Promise<{ trackingNumber: string | null; isNew: boolean }> {
  const made = await tx
    .insertInto('bookings')
    .values({
      shipment_id: shipmentId,
      order_id: orderId,
      status: 'booked',
      warehouse,
      carrier,
      tracking_number: carrier === 'simulated' ? trackingNumberOf(shipmentId) : null,
      lines: JSON.stringify(lines),
      address: JSON.stringify(address),
      booked_at: sql`now()`,
    })
    .onConflict((conflict) => conflict.column('shipment_id').doNothing())
    .returning('tracking_number')
    .executeTakeFirst();
  if (made) return { trackingNumber: made.tracking_number, isNew: true };
  const stored = await tx
    .selectFrom('bookings')
    .select(['status', 'tracking_number'])
    .where('shipment_id', '=', shipmentId)
    .executeTakeFirstOrThrow();
  if (stored.status === 'cancelled') {
    throw new Rejection('booking_cancelled', `The booking ${shipmentId} was cancelled`);
  }
  return { trackingNumber: stored.tracking_number, isNew: false };
}

/** @returns `dispatched` if the carrier already has the parcel. A parcel that was never booked cannot be booked afterwards. */
export async function cancel(
  tx: Kysely<ShippingTables>,
  shipmentId: string,
  orderId: string,
): Promise<'cancelled' | 'dispatched'> {
  const cancelled = await tx
    .insertInto('bookings')
    .values({ shipment_id: shipmentId, order_id: orderId, status: 'cancelled' })
    .onConflict((conflict) =>
      conflict
        .column('shipment_id')
        .doUpdateSet({ status: 'cancelled', updated_at: sql`now()` })
        .where('bookings.status', 'in', ['booked', 'cancelled']),
    )
    .returning('status')
    .executeTakeFirst();
  return cancelled ? 'cancelled' : 'dispatched';
}

/** Bookings in the order in which they were made. */
export async function list(
  db: Kysely<ShippingTables>,
  query: QueryOf<typeof shippingContract.listShipments>,
): Promise<Page<BookingItem>> {
  const page = await readNumbered(query, db.selectFrom('bookings').selectAll().where('booked_at', 'is not', null));
  return {
    ...page,
    items: page.items.map((row) => ({
      id: row.shipment_id,
      orderId: row.order_id,
      warehouse: row.warehouse as string,
      carrier: row.carrier as string,
      ...(row.tracking_number === null ? {} : { trackingNumber: row.tracking_number }),
      status: row.status,
      lines: row.lines ?? [],
      ...(row.booked_at === null ? {} : { bookedAt: row.booked_at.toISOString() }),
      updatedAt: row.updated_at.toISOString(),
    })),
  };
}

/** `SIM` and twelve digits, always the same for a parcel. */
function trackingNumberOf(shipmentId: string): string {
  const number = createHash('sha256').update(shipmentId).digest().readBigUInt64BE() % 1_000_000_000_000n;
  return `SIM${number.toString().padStart(12, '0')}`;
}
