import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import { claimDue, untilNextDue, whileClaimed } from '../support/due-rows.js';
import type { QueryOf } from '../support/operation.js';
import { readPage, type Page } from '../support/pages.js';
import type { NotificationEvent, notificationContract } from './contract.js';
import type { NotificationTables } from './tables.js';

type Notification = z.output<typeof notificationContract.notify.body>;
type NotificationItem = z.output<typeof notificationContract.listNotifications.answer>['items'][number];

const due = { table: 'notifications', state: 'queued' } as const;

/** What is to be told now. */
export interface DueNotification {
  id: string;
  orderId: string;
  event: NotificationEvent;
  subject: string;
  email: string | null;
  facts: Record<string, string>;
  /** This one included. */
  attempts: number;
  storedAt: Date;
}

/**
 * Stores an event of an order, once for each subject.
 *
 * @returns false when it was there already: the first one's words stay.
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

/** Notifications in the order they were stored; `at` is when one was told, or given up, and before that when it was stored. */
export async function list(
  db: Kysely<NotificationTables>,
  query: QueryOf<typeof notificationContract.listNotifications>,
): Promise<Page<NotificationItem>> {
  const page = await readPage(query, {
    place: z.tuple([z.int()]),
    read: (limit, behind) => {
      let select = db
        .selectFrom('notifications')
        .select(['number', 'id', 'order_id', 'event', 'subject', 'channel', 'state', 'stored_at', 'settled_at'])
        .orderBy('number')
        .limit(limit);
      if (query.orderId !== undefined) select = select.where('order_id', '=', query.orderId);
      if (behind) select = select.where('number', '>', behind[0]);
      return select.execute();
    },
    placeOf: (row) => [row.number],
  });
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

/** Takes up to `limit` that are due, for `leaseMs`; nobody else gets them meanwhile. */
export async function claim(
  db: Kysely<NotificationTables>,
  howMany: { limit: number; leaseMs: number },
): Promise<DueNotification[]> {
  const rows = await claimDue(db, due, howMany);
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

/** Tells one that was claimed, however long that takes; nobody else gets it meanwhile. */
export function whileTelling(
  db: Kysely<NotificationTables>,
  id: string,
  leaseMs: number,
  tell: () => Promise<void>,
): Promise<void> {
  return whileClaimed(db, due, { id, leaseMs }, tell);
}

/** It was told by the channel, or is given up: then nobody needs the address any more. */
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

/** @returns ms until the next one is due, undefined when none is. */
export function untilNext(db: Kysely<NotificationTables>): Promise<number | undefined> {
  return untilNextDue(db, due);
}
