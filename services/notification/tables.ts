import type { ColumnType, Generated, JSONColumnType } from 'kysely';
import type { NotificationEvent } from './contract.js';

type Timestamp = ColumnType<Date, Date | string, Date | string>;

interface NotificationsTable {
  number: Generated<number>;
  id: Generated<string>;
  order_id: string;
  event: NotificationEvent;
  /** Empty if the event has none. */
  subject: string;
  email: string | null;
  facts: JSONColumnType<Record<string, string>, string, string> | null;
  channel: 'email' | 'log';
  state: Generated<'queued' | 'sent' | 'failed'>;
  due_at: ColumnType<Date, never, Date | string>;
  attempts: Generated<number>;
  last_failure: string | null;
  stored_at: ColumnType<Date, never, never>;
  settled_at: Timestamp | null;
}

export interface NotificationTables {
  notifications: NotificationsTable;
}
