import { createHash } from 'node:crypto';
import { sql, type Kysely, type Transaction } from 'kysely';
import { claimDue } from '../support/due-rows.js';
import type { CarrierMessagesTable, ShippingTables } from './tables.js';

type MessageType = CarrierMessagesTable['type'];

/** The rows that are still to be sent. */
export const dueMessages = { table: 'carrier_messages', state: 'due' } as const;

/** A webhook that the simulated carrier is to send now. */
export interface CarrierMessage {
  /** The webhook-id, the same at each attempt. */
  id: string;
  type: MessageType;
  happenedAt: Date;
  /** Includes the current attempt. */
  attempts: number;
  shipmentId: string;
  orderId: string;
  trackingNumber: string;
  /** The name in the address of the parcel. */
  recipient: string;
}

/** The status of a booking before and after each event. */
const moves = {
  'shipment.dispatched': ['booked', 'dispatched'],
  'shipment.delivered': ['dispatched', 'delivered'],
} as const satisfies Record<MessageType, readonly [string, string]>;

/** Schedules an event of parcels, in `ms` after the start of the transaction. */
export async function schedule(
  tx: Kysely<ShippingTables>,
  type: MessageType,
  shipmentIds: string[],
  ms: number,
): Promise<void> {
  if (shipmentIds.length === 0) return;
  await tx
    .insertInto('carrier_messages')
    .values(
      shipmentIds.map((shipmentId) => ({
        id: messageId(type, shipmentId),
        shipment_id: shipmentId,
        type,
        due_at: sql<Date>`now() + ${ms} * interval '1 ms'`,
      })),
    )
    .execute();
}

/**
 * Takes due messages for `leaseMs`. An event that has not happened yet happens here: the same transaction changes the status of the
 * booking, which cannot be cancelled afterwards. An event of a cancelled booking becomes void.
 */
export async function claim(
  db: Kysely<ShippingTables>,
  { limit, leaseMs, deliverAfterMs }: { limit: number; leaseMs: number; deliverAfterMs: number },
): Promise<CarrierMessage[]> {
  return db.transaction().execute(async (tx) => {
    const rows = await claimDue(tx, dueMessages, { limit, leaseMs });
    if (rows.length === 0) return [];
    const ahead = rows.filter((row) => row.happened_at === null);
    for (const type of Object.keys(moves) as MessageType[]) {
      const parcels = ahead.filter((row) => row.type === type).map((row) => row.shipment_id);
      const moved = await happen(tx, type, parcels);
      if (type === 'shipment.dispatched') await schedule(tx, 'shipment.delivered', moved, deliverAfterMs);
    }
    return read(
      tx,
      rows.map(({ id }) => id),
    );
  });
}

/** @returns the parcels that the event happened to. */
async function happen(tx: Transaction<ShippingTables>, type: MessageType, parcels: string[]): Promise<string[]> {
  if (parcels.length === 0) return [];
  const [from, to] = moves[type];
  const moved = await tx
    .updateTable('bookings')
    .set({ status: to, updated_at: sql`now()` })
    .where('shipment_id', 'in', parcels)
    .where('status', '=', from)
    .returning('shipment_id')
    .execute();
  const ids = moved.map((row) => row.shipment_id);
  const messages = tx.updateTable('carrier_messages').where('type', '=', type);
  if (ids.length > 0) {
    await messages
      .set({ happened_at: sql`now()` })
      .where('shipment_id', 'in', ids)
      .execute();
  }
  const others = parcels.filter((id) => !ids.includes(id));
  if (others.length > 0) {
    await messages
      .set({ state: 'void', settled_at: sql`now()` })
      .where('shipment_id', 'in', others)
      .execute();
  }
  return ids;
}

async function read(tx: Transaction<ShippingTables>, ids: string[]): Promise<CarrierMessage[]> {
  const rows = await tx
    .selectFrom('carrier_messages as m')
    .innerJoin('bookings as b', 'b.shipment_id', 'm.shipment_id')
    .select([
      'm.id',
      'm.type',
      'm.happened_at',
      'm.attempts',
      'b.shipment_id',
      'b.order_id',
      'b.tracking_number',
      'b.address',
    ])
    .where('m.id', 'in', ids)
    .where('m.state', '=', 'due')
    .orderBy('m.happened_at')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    type: row.type,
    happenedAt: row.happened_at as Date,
    attempts: row.attempts,
    shipmentId: row.shipment_id,
    orderId: row.order_id,
    trackingNumber: row.tracking_number ?? '',
    recipient: row.address?.name ?? '',
  }));
}

/** Stores the result of an attempt: `sent` or `given_up`, or another attempt in `retryInMs`. */
export async function settle(
  db: Kysely<ShippingTables>,
  id: string,
  answer: string,
  end: 'sent' | 'given_up' | { retryInMs: number },
): Promise<void> {
  await db
    .updateTable('carrier_messages')
    .set(
      typeof end === 'string'
        ? { state: end, last_answer: answer, settled_at: sql`now()` }
        : { last_answer: answer, due_at: sql`now() + ${end.retryInMs} * interval '1 ms'` },
    )
    .where('id', '=', id)
    .where('state', '=', 'due')
    .execute();
}

/** Standard Webhooks does not allow full stops in an id. */
function messageId(type: MessageType, shipmentId: string): string {
  return `msg_${createHash('sha256').update(`${type} ${shipmentId}`).digest('hex').slice(0, 32)}`;
}
