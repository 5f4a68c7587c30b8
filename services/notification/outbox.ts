import type { Kysely } from 'kysely';
import type { Log } from '../support/database.js';
import { DueWorker } from '../support/due-work.js';
import { mailFailure, type Mailer } from './mailer.js';
import { claim, retryLater, settle, untilNext, whileTelling, type DueNotification } from './store.js';
import type { NotificationTables } from './tables.js';
import { letter } from './text.js';

const longestBackOffMs = 300_000;
const givenUpAfterMs = 3 * 24 * 3_600_000;
/** A row is there for others when the transaction that stores it has ended, which takes a few ms. */
const commitMs = 15;

export interface OutboxOptions {
  /** The notifications of a process that was killed go out after it, in ms. It is renewed for as long as a mail takes. */
  leaseMs?: number;
}

/**
 * Tells customers what stands in the outbox, at least once each: by mail where there is a mailer and an address, else by a
 * line in the log, which names the order and the event and nothing personal.
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
        work: (notification) => this.tell(notification),
        untilNext: () => untilNext(db),
      },
      { concurrency: 8, log },
    );
  }

  get canMail(): boolean {
    return this.mailer !== undefined;
  }

  /** Something was stored in a transaction that is about to end. */
  expect(): void {
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

  private async tell(notification: DueNotification): Promise<void> {
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
      await whileTelling(this.db, id, this.leaseMs, () => mailer.send(mail));
    } catch (error) {
      const { reason, isFinal } = mailFailure(error);
      if (isFinal || Date.now() - storedAt.getTime() > givenUpAfterMs) {
        await settle(this.db, id, { state: 'failed', failure: reason });
        this.log.error({ ...what, attempts, reason }, 'a notification could not be mailed and is given up');
      } else {
        const retryInMs = Math.min(longestBackOffMs, 500 * 2 ** (attempts - 1));
        await retryLater(this.db, id, reason, retryInMs);
        this.log.warn({ ...what, attempts, reason, retryInMs }, 'a notification could not be mailed yet');
      }
      return;
    }
    await settle(this.db, id, { state: 'sent', channel: 'email' });
    this.log.info({ ...what, channel: 'email' }, 'notification');
  }
}
