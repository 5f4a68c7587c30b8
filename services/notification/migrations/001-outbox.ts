import { sql, type Kysely } from 'kysely';

/**
 * The outbox has one row for each (order, event, subject): a customer is notified of it once. `due_at` is the time of the next attempt.
 * The address and the facts are deleted when the row is settled.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table notifications (
      number bigint generated always as identity unique,
      id uuid primary key default gen_random_uuid(),
      order_id text not null,
      event text not null,
      subject text not null default '',
      email text,
      facts json,
      channel text not null check (channel in ('email', 'log')),
      state text not null default 'queued' check (state in ('queued', 'sent', 'failed')),
      due_at timestamptz(3) not null default now(),
      attempts integer not null default 0,
      last_failure text,
      stored_at timestamptz(3) not null default now(),
      settled_at timestamptz(3),
      unique (order_id, event, subject)
    )`.execute(db);
  await sql`create index notifications_due on notifications (due_at) where state = 'queued'`.execute(db);
}
