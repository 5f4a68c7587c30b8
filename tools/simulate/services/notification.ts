import type { NotificationClient } from '../../../services/notification/client.js';
import { notificationContract, type NotificationEvent } from '../../../services/notification/contract.js';
import { Keys } from './keys.js';
import { memoryClient, type MemoryHandlers } from './memory-client.js';
import { pageOf } from './page.js';
import type { World } from './world.js';

/** A row of the table `notifications`. */
export interface NotificationRow {
  id: string;
  order_id: string;
  event: NotificationEvent;
  /** The shipment or the return; '' without one. */
  subject: string;
  state: 'queued' | 'sent';
  /** ISO 8601. */
  stored_at: string;
  settled_at: string | null;
}

/** The notification service in memory, without a mail server: every notification goes to the log. */
export class NotificationInMemory {
  /** In the order in which they were stored. */
  notifications: NotificationRow[] = [];
  readonly keys: Keys;
  readonly client: NotificationClient;

  constructor(private readonly world: World) {
    this.keys = new Keys(world);
    this.client = memoryClient(notificationContract, this.handlers(), {
      service: 'notification',
      keys: this.keys,
      wait: world.wait,
      checksValues: world.checksValues,
    });
  }

  reset(): void {
    this.notifications = [];
    this.keys.reset();
  }

  /** Sends what is queued, as the outbox does. @returns the number of notifications. */
  send(): number {
    const queued = this.notifications.filter(({ state }) => state === 'queued');
    for (const row of queued) Object.assign(row, { state: 'sent', settled_at: this.time() });
    return queued.length;
  }

  private handlers(): MemoryHandlers<typeof notificationContract> {
    return {
      notify: {
        decide: ({ body: { orderId, event, subject = '' } }) => ({
          answer: {},
          effect: () => this.store(orderId, event, subject),
        }),
      },
      listNotifications: ({ query }) => pageOf(query, this.listed(query?.orderId), (item) => [item.id]),
    };
  }

  /** Stores a notification, once for each order, event and subject. */
  private store(orderId: string, event: NotificationEvent, subject: string): void {
    const isKnown = this.notifications.some(
      (row) => row.order_id === orderId && row.event === event && row.subject === subject,
    );
    if (isKnown) return;
    const id = this.world.newId();
    const row = { id, order_id: orderId, event, subject, state: 'queued' as const };
    this.notifications.push({ ...row, stored_at: this.time(), settled_at: null });
  }

  private listed(orderId: string | undefined) {
    return this.notifications
      .filter((row) => orderId === undefined || row.order_id === orderId)
      .map(({ id, order_id, event, subject, state, stored_at, settled_at }) => ({
        id,
        orderId: order_id,
        event,
        ...(subject === '' ? {} : { subject }),
        channel: 'log' as const,
        state,
        at: settled_at ?? stored_at,
      }));
  }

  private time(): string {
    return new Date(this.world.now()).toISOString();
  }
}
