import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from './database.js';

/** Work stored as rows of a database, each due at a time. Any number of instances of a service may share it. */
export interface DueWork<Row> {
  /**
   * Claims up to `limit` rows that are due, for a while: long enough for `work`, and short enough that another instance soon does the rows
   * of one that was killed.
   */
  claim: (limit: number) => Promise<Row[]>;
  /** Does one row and stores the outcome, also a failure. An error is logged, and the row is due again later. */
  work: (row: Row) => Promise<void>;
  /** How long until the next row is due, in ms; undefined when there is none. */
  untilNext: () => Promise<number | undefined>;
}

export interface DueWorkOptions {
  /** How many rows are worked on at the same time. */
  concurrency: number;
  /** The longest sleep, in ms: the latest time to find rows that another instance stored. */
  longestSleepMs?: number;
  log: Log;
}

/**
 * Does due work until it is stopped. It sleeps until the next row is due; code that stores a row wakes it.
 *
 *     const sender = new DueWorker(outbox, { concurrency: 8, log });
 *     const running = sender.run(signal);
 *     sender.wakeIn(300);
 */
export class DueWorker<Row> {
  private readonly inProgress = new Set<Promise<void>>();
  private alarm = new AbortController();

  constructor(
    private readonly due: DueWork<Row>,
    private readonly options: DueWorkOptions,
  ) {}

  /** Looks for due rows now: one is due sooner than was known. */
  wake(): void {
    this.alarm.abort();
  }

  /** Looks for due rows in `ms`: a row of a transaction that is still open is due then. */
  wakeIn(ms: number): void {
    setTimeout(() => this.wake(), ms).unref();
  }

  /** Runs until the signal aborts and the rows in progress are done. */
  async run(signal: AbortSignal): Promise<void> {
    const { concurrency, log } = this.options;
    while (!signal.aborted) {
      // Reset before the search, so that a row stored during the search wakes this loop afterwards.
      this.alarm = new AbortController();
      let sleepMs: number;
      try {
        const free = concurrency - this.inProgress.size;
        const rows = free > 0 ? await this.due.claim(free) : [];
        for (const row of rows) this.start(row);
        sleepMs = rows.length > 0 ? 0 : await this.untilNext();
      } catch (err) {
        log.warn({ err }, 'Cannot read due work; trying again');
        sleepMs = 1_000;
      }
      if (this.inProgress.size >= concurrency) await Promise.race(this.inProgress);
      else if (sleepMs > 0) {
        await sleep(sleepMs, undefined, { signal: AbortSignal.any([signal, this.alarm.signal]) }).catch(() => 'woken');
      }
    }
    await Promise.all(this.inProgress);
  }

  private start(row: Row): void {
    const work = this.due
      .work(row)
      .catch((err: unknown) => this.options.log.error({ err }, 'Due work failed; it is due again later'))
      .finally(() => this.inProgress.delete(work));
    this.inProgress.add(work);
  }

  private async untilNext(): Promise<number> {
    const longest = this.options.longestSleepMs ?? 1_000;
    const next = await this.due.untilNext();
    return next === undefined ? longest : Math.min(Math.max(next, 10), longest);
  }
}
