import { sql, type Kysely } from 'kysely';
import type { z } from 'zod';
import { claimDue } from '../support/due-rows.js';
import type { QueryOf } from '../support/operation.js';
import { readNumbered, type Page } from '../support/pages.js';
import type { NotificationEvent, notificationContract } from './contract.js';
import type { NotificationTables } from './tables.js';

type Notification = z.output<typeof notificationContract.notify.body>;
type NotificationItem = z.output<typeof notificationContract.listNotifications.answer>['items'][number];

/** The rows that are still to be sent. */
export const queued = { table: 'notifications', state: 'queued' } as const;

/** A notification that is to be sent now. */
export interface DueNotification {
  id: string;
  orderId: string;
  event: NotificationEvent;
  subject: string;
  email: string | null;
  facts: Record<string, string>;
  /** Includes the current attempt. */
  attempts: number;
  storedAt: Date;
}

/**
 * Stores a notification, once for each order, event and subject.
 *
 * @returns false if it was stored before. The stored one does not change.
 */
export async function store(
  tx: Kysely<NotificationTables>,
  { orderId, event, subject = '', email, facts = {} }: Notification,
  canMail: boolean,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('notifications')
    .values({
      order_id: orderId,
      event,
      subject,
      email: email ?? null,
      facts: JSON.stringify(facts),
      channel: canMail && email !== undefined ? 'email' : 'log',
    })
    .onConflict((conflict) => conflict.columns(['order_id', 'event', 'subject']).doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** Notifications in the order in which they were stored. `at` is the time of the end (sent or failed), or else of the storing. */
export async function list(
  db: Kysely<NotificationTables>,
  query: QueryOf<typeof notificationContract.listNotifications>,
): Promise<Page<NotificationItem>> {
  const page = await readNumbered(
    query,
    db
      .selectFrom('notifications')
      .select(['number', 'id', 'order_id', 'event', 'subject', 'channel', 'state', 'stored_at', 'settled_at']),
  );
  return {
    ...page,
    items: page.items.map((row) => ({
      id: row.id,
      orderId: row.order_id,
      event: row.event,
      ...(row.subject === '' ? {} : { subject: row.subject }),
      channel: row.channel,
      state: row.state,
      at: (row.settled_at ?? row.stored_at).toISOString(),
    })),
  };
}

/** Takes up to `limit` due notifications for `leaseMs`. No other process gets them meanwhile. */
export async function claim(
  db: Kysely<NotificationTables>,
  howMany: { limit: number; leaseMs: number },
): Promise<DueNotification[]> {
  const rows = await claimDue(db, queued, howMany);
  return rows.map((row) => ({
    id: row.id,
    orderId: row.order_id,
    event: row.event,
    subject: row.subject,
    email: row.email,
    facts: row.facts ?? {},
    attempts: row.attempts,
    storedAt: row.stored_at,
  }));
}

/** Stores that a notification was sent or given up, and deletes the address: it is no longer needed. */
export async function settle(
  db: Kysely<NotificationTables>,
  id: string,
  end: { state: 'sent'; channel: 'email' | 'log' } | { state: 'failed'; failure: string },
): Promise<void> {
  await db
    .updateTable('notifications')
    .set({
      state: end.state,
      ...(end.state === 'sent' ? { channel: end.channel } : { last_failure: end.failure }),
      settled_at: sql`now()`,
      email: null,
      facts: null,
    })
    .where('id', '=', id)
    .where('state', '=', 'queued')
    .execute();
}

export async function retryLater(
  db: Kysely<NotificationTables>,
  id: string,
  failure: string,
  inMs: number,
): Promise<void> {
  await db
    .updateTable('notifications')
    .set({ last_failure: failure, due_at: sql`now() + ${inMs} * interval '1 ms'` })
    .where('id', '=', id)
    .where('state', '=', 'queued')
    .execute();
}
