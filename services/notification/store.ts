import { sql } from 'kysely';
import { z } from 'zod';
import type { Db } from '../support/database.js';
import { claimDue, claimedIds } from '../support/due-rows.js';
import type { Claimed } from '../support/due-work.js';
import type { Effect } from '../support/idempotency.js';
import { sortedList } from '../support/pages.js';
import type { NotificationEvent, notificationContract } from './contract.js';

type Notification = z.output<typeof notificationContract.notify.body>;

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
  storedAt: string;
}

/** Stores a notification, once for each order, event and subject. One that was stored before does not change. */
export function store({ orderId, event, subject = '', email, facts = {} }: Notification, canMail: boolean): Effect {
  const channel = canMail && email !== undefined ? 'email' : 'log';
  return sql`
    changed as (select from fresh),
    notification as (
      insert into notifications (order_id, event, subject, email, facts, channel)
      select ${orderId}, ${event}, ${subject}, ${email ?? null}, ${JSON.stringify(facts)}::json, ${channel} from changed
      on conflict (order_id, event, subject) do nothing
    )`;
}

/** Notifications in the order in which they were stored. `at` is the time of the end (sent or failed), or else of the storing. */
export const notifications = sortedList({
  columns: sql`id, order_id as "orderId", event, nullif(subject, '') as subject, channel, state,
    coalesce(settled_at, stored_at) as at`,
  from: sql`notifications`,
  sortedBy: { number: z.int() },
});

/** Takes up to `limit` due notifications for `leaseMs`. No other process gets them meanwhile. */
export function claim(
  db: Db,
  { limit, leaseMs }: { limit: number; leaseMs: number },
): Promise<Claimed<DueNotification>> {
  return claimDue(
    db,
    queued,
    limit,
    sql`claimed as (
      update notifications set attempts = attempts + 1, due_at = now() + ${leaseMs} * interval '1 ms'
      where id = any(${claimedIds})
      returning id, order_id as "orderId", event, subject, email, coalesce(facts, '{}') as facts, attempts,
        stored_at as "storedAt"
    )`,
  );
}

/** Stores that notifications were sent or given up, and deletes their addresses: they are no longer needed. */
export async function settle(
  db: Db,
  ids: string[],
  end: { state: 'sent'; channel: 'email' | 'log' } | { state: 'failed'; failure: string },
): Promise<void> {
  const { state, channel, failure }: { state: string; channel?: string; failure?: string } = end;
  await sql`
    update notifications set state = ${state}, channel = coalesce(${channel ?? null}, channel),
      last_failure = coalesce(${failure ?? null}, last_failure), settled_at = now(), email = null, facts = null
    where id = any(${ids}::uuid[]) and state = 'queued'`.execute(db);
}

export async function retryLater(db: Db, id: string, failure: string, inMs: number): Promise<void> {
  await sql`
    update notifications set last_failure = ${failure}, due_at = now() + ${inMs} * interval '1 ms'
    where id = ${id} and state = 'queued'`.execute(db);
}
