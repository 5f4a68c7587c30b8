import type { Kysely } from 'kysely';
import type { Log } from '../support/database.js';
import { untilNextDue, whileClaimed } from '../support/due-rows.js';
import { DueWorker } from '../support/due-work.js';
import { mailFailure, type Mailer } from './mailer.js';
import { claim, queued, retryLater, settle, type DueNotification } from './store.js';
import type { NotificationTables } from './tables.js';
import { letter } from './text.js';

const longestBackOffMs = 300_000;
const givenUpAfterMs = 3 * 24 * 3_600_000;
/** About how long the transaction that stores a row takes. The row is not visible before its end. */
const commitMs = 15;

export interface OutboxOptions {
  /** The lease of a notification, in ms, renewed while its mail is being sent. After the lease, another program may send it. */
  leaseMs?: number;
}

/**
 * Sends the stored notifications, each at least once: by mail if there is a mail server and an address, else as a log line with the order
 * and the event, and nothing personal.
 */
export class Outbox {
  private readonly worker: DueWorker<DueNotification>;
  private readonly leaseMs: number;

  constructor(
    private readonly db: Kysely<NotificationTables>,
    private readonly mailer: Mailer | undefined,
    private readonly log: Log,
    { leaseMs = 15_000 }: OutboxOptions = {},
  ) {
    this.leaseMs = leaseMs;
    this.worker = new DueWorker(
      {
        claim: (limit) => claim(db, { limit, leaseMs }),
        work: (notification) => this.send(notification),
        untilNext: () => untilNextDue(db, queued),
      },
      { concurrency: 8, log },
    );
  }

  get canMail(): boolean {
    return this.mailer !== undefined;
  }

  /** A notification was stored in a transaction that is about to end. */
  wake(): void {
    this.worker.wakeIn(commitMs);
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.worker.run(signal);
    } finally {
      this.mailer?.close();
    }
  }

  private async send(notification: DueNotification): Promise<void> {
    const { id, orderId, event, subject, email, facts, attempts, storedAt } = notification;
    const { mailer } = this;
    const what = { id, orderId, event, ...(subject === '' ? {} : { subject }) };
    if (mailer === undefined || email === null) {
      this.log.info({ ...what, channel: 'log' }, 'notification');
      await settle(this.db, id, { state: 'sent', channel: 'log' });
      return;
    }
    try {
      const mail = { id, to: email, ...letter(orderId, event, facts) };
      await whileClaimed(this.db, queued, { id, leaseMs: this.leaseMs }, () => mailer.send(mail));
    } catch (error) {
      const { reason, isFinal } = mailFailure(error);
      if (isFinal || Date.now() - storedAt.getTime() > givenUpAfterMs) {
        await settle(this.db, id, { state: 'failed', failure: reason });
        this.log.error({ ...what, attempts, reason }, 'mailing a notification failed for good');
      } else {
        const retryInMs = Math.min(longestBackOffMs, 500 * 2 ** (attempts - 1));
        await retryLater(this.db, id, reason, retryInMs);
        this.log.warn({ ...what, attempts, reason, retryInMs }, 'mailing a notification failed; trying again later');
      }
      return;
    }
    await settle(this.db, id, { state: 'sent', channel: 'email' });
    this.log.info({ ...what, channel: 'email' }, 'notification');
  }
}
