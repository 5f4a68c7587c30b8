import type { Db, Log } from '../support/database.js';
import { whileClaimed } from '../support/due-rows.js';
import { DueWorker, type Claimed } from '../support/due-work.js';
import { mailFailure, type Mailer } from './mailer.js';
import { claim, queued, retryLater, settle, type DueNotification } from './store.js';
import { letter } from './text.js';

const longestBackOffMs = 300_000;
const givenUpAfterMs = 3 * 24 * 3_600_000;
/** How long a notification waits for others, in ms. They are claimed together. */
const gatherMs = 100;

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
    private readonly db: Db,
    private readonly mailer: Mailer | undefined,
    private readonly log: Log,
    { leaseMs = 15_000 }: OutboxOptions = {},
  ) {
    this.leaseMs = leaseMs;
    this.worker = new DueWorker(
      {
        claim: (limit) => this.claim(limit),
        work: (notification) => this.send(notification),
      },
      { concurrency: mailer ? 8 : 64, log },
    );
  }

  get canMail(): boolean {
    return this.mailer !== undefined;
  }

  /** A notification was stored. */
  wake(): void {
    this.worker.dueIn(gatherMs);
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.worker.run(signal);
    } finally {
      this.mailer?.close();
    }
  }

  /** Claims notifications, and settles those that go to the log. */
  private async claim(limit: number): Promise<Claimed<DueNotification>> {
    const { rows, nextInMs } = await claim(this.db, { limit, leaseMs: this.leaseMs });
    const mails = rows.filter(({ email }) => this.mailer !== undefined && email !== null);
    const lines = rows.filter((row) => !mails.includes(row));
    for (const line of lines) this.log.info({ ...about(line), channel: 'log' }, 'notification');
    const ids = lines.map(({ id }) => id);
    if (ids.length > 0) await settle(this.db, ids, { state: 'sent', channel: 'log' });
    return { rows: mails, nextInMs };
  }

  private async send(notification: DueNotification): Promise<void> {
    const { id, orderId, event, email, facts, attempts, storedAt } = notification;
    const mailer = this.mailer as Mailer;
    const what = about(notification);
    try {
      const mail = { id, to: email as string, ...letter(orderId, event, facts) };
      await whileClaimed(this.db, queued, { id, leaseMs: this.leaseMs }, () => mailer.send(mail));
    } catch (error) {
      const { reason, isFinal } = mailFailure(error);
      if (isFinal || Date.now() - Date.parse(storedAt) > givenUpAfterMs) {
        await settle(this.db, [id], { state: 'failed', failure: reason });
        this.log.error({ ...what, attempts, reason }, 'mailing a notification failed for good');
      } else {
        const retryInMs = Math.min(longestBackOffMs, 500 * 2 ** (attempts - 1));
        await retryLater(this.db, id, reason, retryInMs);
        this.log.warn({ ...what, attempts, reason, retryInMs }, 'mailing a notification failed; trying again later');
      }
      return;
    }
    await settle(this.db, [id], { state: 'sent', channel: 'email' });
    this.log.info({ ...what, channel: 'email' }, 'notification');
  }
}

function about({ id, orderId, event, subject }: DueNotification) {
  return { id, orderId, event, ...(subject === '' ? {} : { subject }) };
}
