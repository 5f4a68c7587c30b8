import { sql, type Kysely } from 'kysely';

/**
 * A row of `bookings` without `booked_at` is a cancellation that came before its booking: the booking is then rejected.
 *
 * `carrier_messages` are the webhooks of the simulated carrier. `due_at` is the time of the event, and after it the time of the next
 * attempt. `happened_at` is set in the transaction that changes the booking.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table bookings (
      number bigint generated always as identity unique,
      shipment_id text collate "C" primary key,
      order_id text not null,
      status text not null check (status in ('booked', 'dispatched', 'delivered', 'cancelled')),
      warehouse text,
      carrier text check (carrier in ('simulated', 'external')),
      tracking_number text,
      lines json,
      address json,
      booked_at timestamptz(3),
      updated_at timestamptz(3) not null default now(),
      constraint whole check (booked_at is null or num_nulls(warehouse, carrier, lines, address) = 0)
    )`.execute(db);
  await sql`create index bookings_by_order on bookings (order_id, number)`.execute(db);
  await sql`
    create table carrier_messages (
      id text primary key,
      shipment_id text not null references bookings,
      type text not null check (type in ('shipment.dispatched', 'shipment.delivered')),
      state text not null default 'due' check (state in ('due', 'sent', 'given_up', 'void')),
      due_at timestamptz(3) not null,
      happened_at timestamptz(3),
      attempts integer not null default 0,
      last_answer text,
      settled_at timestamptz(3)
    )`.execute(db);
  await sql`create index carrier_messages_due on carrier_messages (due_at) where state = 'due'`.execute(db);
}
