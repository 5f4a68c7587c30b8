import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from './database.js';

/** Work that stands as rows in a database, each due at a time, done by as many processes as there are. */
export interface DueWork<Row> {
  /**
   * Takes up to `limit` rows that are due, so that nobody else gets them for a while: long enough for `work`, and short
   * enough that those of a process that was killed are done soon.
   */
  claim: (limit: number) => Promise<Row[]>;
  /** Does one row and stores how it went, failures too. What it throws is logged, and the row comes again. */
  work: (row: Row) => Promise<void>;
  /** How long until the next row is due, in ms; undefined when there is none. */
  untilNext: () => Promise<number | undefined>;
}

export interface DueWorkOptions {
  /** How many rows are worked on at the same time. */
  concurrency: number;
  /** The longest sleep, in ms: rows that another process stored are found after it at the latest. */
  longestSleepMs?: number;
  log: Log;
}

/**
 * Does due work until it is stopped. It sleeps until the next row is due, and is woken by whoever stores one.
 *
 *     const sender = new DueWorker(outbox, { concurrency: 8, log });
 *     const running = sender.run(signal);
 *     sender.wakeIn(300);
 */
export class DueWorker<Row> {
  private readonly underWay = new Set<Promise<void>>();
  private alarm = new AbortController();

  constructor(
    private readonly due: DueWork<Row>,
    private readonly options: DueWorkOptions,
  ) {}

  /** Look again at once: something is due sooner than was known. */
  wake(): void {
    this.alarm.abort();
  }

  /** Look again in `ms`: a row stored in a transaction that is still open falls due then. */
  wakeIn(ms: number): void {
    setTimeout(() => this.wake(), ms).unref();
  }

  /** Runs until the signal aborts, and until what is under way is done. */
  async run(signal: AbortSignal): Promise<void> {
    const { concurrency, log } = this.options;
    while (!signal.aborted) {
      // Before looking, so that a row stored while we look wakes us afterwards.
      this.alarm = new AbortController();
      let sleepMs: number;
      try {
        const free = concurrency - this.underWay.size;
        const rows = free > 0 ? await this.due.claim(free) : [];
        for (const row of rows) this.start(row);
        sleepMs = rows.length > 0 ? 0 : await this.untilNext();
      } catch (err) {
        log.warn({ err }, 'cannot look for due work; trying again');
        sleepMs = 1_000;
      }
      if (this.underWay.size >= concurrency) await Promise.race(this.underWay);
      else if (sleepMs > 0) {
        await sleep(sleepMs, undefined, { signal: AbortSignal.any([signal, this.alarm.signal]) }).catch(() => 'woken');
      }
    }
    await Promise.all(this.underWay);
  }

  private start(row: Row): void {
    const work = this.due
      .work(row)
      .catch((err: unknown) => this.options.log.error({ err }, 'due work failed; it comes again'))
      .finally(() => this.underWay.delete(work));
    this.underWay.add(work);
  }

  private async untilNext(): Promise<number> {
    const longest = this.options.longestSleepMs ?? 1_000;
    const next = await this.due.untilNext();
    return next === undefined ? longest : Math.min(Math.max(next, 10), longest);
  }
}
