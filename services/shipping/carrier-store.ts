import { sql } from 'kysely';
import type { Db } from '../support/database.js';
import { claimDue, claimedIds } from '../support/due-rows.js';
import type { Claimed } from '../support/due-work.js';

type MessageType = 'shipment.dispatched' | 'shipment.delivered';

/** The rows that are still to be sent. */
const dueMessages = { table: 'carrier_messages', state: 'due' } as const;

/** A webhook that the simulated carrier is to send now. */
export interface CarrierMessage {
  /** The webhook-id, the same at each attempt. */
  id: string;
  type: MessageType;
  /** ISO 8601. */
  happenedAt: string;
  /** Includes the current attempt. */
  attempts: number;
  shipmentId: string;
  orderId: string;
  trackingNumber: string;
  /** The name in the address of the parcel. */
  recipient: string;
}

/** Schedules an event of the parcels of a common table expression, in `ms`. */
function schedule(type: MessageType, parcels: 'changed' | 'dispatched', ms: number) {
  // Standard Webhooks does not allow full stops in an id.
  return sql`
    insert into carrier_messages (id, shipment_id, type, due_at)
    select 'msg_' || left(encode(sha256(convert_to(${sql.lit(`${type} `)} || shipment_id, 'UTF8')), 'hex'), 32),
      shipment_id, ${sql.lit(type)}, now() + ${ms} * interval '1 ms'
    from ${sql.table(parcels)}`;
}

/** Part of the effect of a booking: its dispatch, in `ms`. */
export const firstMessage = (ms: number) => sql`message as (${schedule('shipment.dispatched', 'changed', ms)})`;

/**
 * Takes due messages for `leaseMs`. An event that has not happened yet happens here: the same statement changes the status of the booking,
 * which cannot be cancelled afterwards. An event of a cancelled booking becomes void.
 */
export function claim(
  db: Db,
  { limit, leaseMs, deliverAfterMs }: { limit: number; leaseMs: number; deliverAfterMs: number },
): Promise<Claimed<CarrierMessage>> {
  const happen = (type: MessageType, from: string, to: string) => sql`
    update bookings set status = ${sql.lit(to)}, updated_at = now()
    from carrier_messages m
    where m.id = any(${claimedIds}) and m.shipment_id = bookings.shipment_id and m.type = ${sql.lit(type)} and m.happened_at is null
      and status = ${sql.lit(from)}
    returning m.id, bookings.shipment_id`;
  return claimDue(
    db,
    dueMessages,
    limit,
    sql`
      dispatched as (${happen('shipment.dispatched', 'booked', 'dispatched')}),
      delivered as (${happen('shipment.delivered', 'dispatched', 'delivered')}),
      scheduled as (${schedule('shipment.delivered', 'dispatched', deliverAfterMs)}),
      happened as (select id from dispatched union all select id from delivered),
      taken as (
        update carrier_messages m set attempts = attempts + 1, due_at = now() + ${leaseMs} * interval '1 ms',
          happened_at = coalesce(happened_at, case when h.id is not null then now() end),
          state = case when coalesce(happened_at::text, h.id) is null then 'void' else state end,
          settled_at = case when coalesce(happened_at::text, h.id) is null then now() end
        from unnest(${claimedIds}) as taken (id) left join happened h using (id) where m.id = taken.id
        returning m.id, m.type, m.state, m.happened_at, m.attempts, m.shipment_id
      ),
      claimed as (
        select t.id, t.type, t.happened_at as "happenedAt", t.attempts, t.shipment_id as "shipmentId",
          b.order_id as "orderId", coalesce(b.tracking_number, '') as "trackingNumber",
          coalesce(b.address ->> 'name', '') as recipient
        from taken t join bookings b using (shipment_id) where t.state = 'due' order by t.happened_at
      )`,
  );
}

/** Stores the result of an attempt: `sent` or `given_up`, or another attempt in `retryInMs`. */
export async function settle(
  db: Db,
  id: string,
  answer: string,
  end: 'sent' | 'given_up' | { retryInMs: number },
): Promise<void> {
  const isOver = typeof end === 'string';
  await sql`
    update carrier_messages set last_answer = ${answer},
      state = ${isOver ? end : dueMessages.state}, settled_at = ${isOver ? sql`now()` : null},
      due_at = ${isOver ? sql`due_at` : sql`now() + ${end.retryInMs} * interval '1 ms'`}
    where id = ${id} and state = 'due'`.execute(db);
}
