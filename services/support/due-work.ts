import type { Log } from './database.js';

export interface Claimed<Row> {
  rows: Row[];
  /** How long until the next row is due, in ms: 0 when more rows are due now, null when there is none. */
  nextInMs: number | null;
}

/** Work stored as rows of a database, each due at a time. Any number of instances of a service may share it. */
export interface DueWork<Row> {
  /**
   * Claims up to `limit` rows that are due, for a while: long enough for `work`, and short enough that another instance soon does the rows
   * of one that was killed.
   */
  claim: (limit: number) => Promise<Claimed<Row>>;
  /** Does one row and stores the outcome, also a failure. An error is logged, and the row is due again later. */
  work: (row: Row) => Promise<void>;
}

export interface DueWorkOptions {
  /** How many rows are worked on at the same time. */
  concurrency: number;
  log: Log;
}

/** The latest time to find rows that another instance stored. */
const longestSleepMs = 1_000;
/** Rows that are due within this time of each other are claimed together. */
const shortestSleepMs = 10;

/**
 * Does due work until it is stopped. It sleeps until the next row is due; code that stores a row says when it is due.
 *
 *     const sender = new DueWorker(outbox, { concurrency: 8, log });
 *     const running = sender.run(signal);
 *     sender.dueIn(300);
 */
export class DueWorker<Row> {
  private readonly inProgress = new Set<Promise<void>>();
  /** The time of the next claim. */
  private next = 0;
  private endSleep: () => void = () => undefined;

  constructor(
    private readonly due: DueWork<Row>,
    private readonly options: DueWorkOptions,
  ) {}

  /** A row is due in `ms`. Call it when the row is stored. */
  dueIn(ms: number): void {
    const at = Date.now() + ms;
    if (at >= this.next) return;
    this.next = at;
    this.endSleep();
  }

  /** Runs until the signal aborts and the rows in progress are done. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.endSleep());
    while (!signal.aborted) {
      // Reset before the claim, so that a row stored during it is found by the next one.
      this.next = Infinity;
      this.dueIn(await this.claim());
      if (this.inProgress.size >= this.options.concurrency) await Promise.race(this.inProgress);
      while (!signal.aborted && this.next > Date.now()) await this.sleepUntilNext();
    }
    await Promise.all(this.inProgress);
  }

  /** Starts what is due. @returns how long until the next row is due, in ms. */
  private async claim(): Promise<number> {
    const free = this.options.concurrency - this.inProgress.size;
    try {
      const { rows, nextInMs } = await this.due.claim(free);
      for (const row of rows) this.start(row);
      return nextInMs === 0 ? 0 : Math.min(Math.max(nextInMs ?? longestSleepMs, shortestSleepMs), longestSleepMs);
    } catch (err) {
      this.options.log.warn({ err }, 'Cannot read due work; trying again');
      return longestSleepMs;
    }
  }

  private start(row: Row): void {
    const work = this.due
      .work(row)
      .catch((err: unknown) => this.options.log.error({ err }, 'Due work failed; it is due again later'))
      .finally(() => this.inProgress.delete(work));
    this.inProgress.add(work);
  }

  private sleepUntilNext(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.next - Date.now());
      this.endSleep = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
