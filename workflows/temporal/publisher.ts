import { CancellationScope, proxyActivities, proxyLocalActivities, sleep, workflowInfo } from '@temporalio/workflow';
import type { OrdersActivities } from '../../activities/orders.js';
import type { Position } from '../../contracts/publication.js';
import { settled } from './settled.js';
import type { Turns } from './turns.js';

export interface PublisherOptions<Snapshot> {
  /** What is to be shown now. */
  snapshot: (position: Position) => Snapshot;
  /** The activity that writes it to the order book and answers the revision. */
  activity: string;
  taskQueue: string;
  /** Some step's call is on its short way: publishing waits for it, so that a chain of short calls is published once. */
  busy: () => boolean;
  /** The run's, for its local activities. */
  turns: Turns;
}

/** A book that answers and still stores nothing is left alone for this long, doubled each time. */
const firstPauseMs = 1000;
const longestPauseMs = 10 * 60_000;

type Book = { 'orders.awaitBook': OrdersActivities['awaitBook'] };
type Publish = Record<string, (snapshot: unknown) => Promise<number>>;

/**
 * Writes what a run shows to the order book, in the workflow task that made it. When the book does not answer, an ordinary activity waits
 * for it, and then the newest view is published. So the answer of an Update can be read back at once, and an outage of the book stalls
 * nothing. A view is given to local activities alone: the input of an ordinary one stands in the history.
 */
export class Publisher<Snapshot> {
  /** Given by the book with the latest stored view; 0 until then. */
  revision = 0;
  #changed = true;
  #fresh = false;
  #seq = 0;
  #stored = false;
  #closing = false;
  #waiting = false;
  #flushes: ((revision: number) => void)[] = [];
  #retrying?: Promise<void> | undefined;
  /** How often in a row the book answered and then stored nothing. */
  #failedRetries = 0;

  constructor(private readonly options: PublisherOptions<Snapshot>) {
    options.turns.due = () => this.#waiting && this.#due;
  }

  /** Something that the view shows has changed. */
  changed(): void {
    this.#changed = true;
    // Conditions are also asked right after a message was handled, before what it sets off has begun.
    this.#fresh = true;
    void Promise.resolve().then(() => (this.#fresh = false));
  }

  /** Of the next publication. Changes nothing: queries ask for it too, and no replay asks their questions again. */
  position(): Position {
    const { runId, historyLength } = workflowInfo();
    return { runId, length: historyLength, at: Date.now(), seq: this.#seq + 1 };
  }

  /** Resolves once what is shown now has been offered to the book: with its revision there, or 0 when the book did not answer. */
  flush(): Promise<number> {
    return new Promise((resolve) => this.#flushes.push(resolve));
  }

  /** Publishes until closed; resolves when the last view is stored. */
  run(): Promise<void> {
    this.#closing = false;
    return CancellationScope.nonCancellable(async () => {
      for (;;) {
        this.#waiting = true;
        await settled(() => this.#due);
        this.#waiting = false;
        if (this.#closing && !this.#changed && this.#flushes.length === 0) break;
        await this.#publish();
      }
      while (!this.#stored) {
        if (this.#retrying) await this.#retrying;
        else await this.#publish();
      }
    });
  }

  close(): void {
    this.#closing = true;
  }

  get #due(): boolean {
    return this.#flushes.length > 0 || this.#closing || (this.#changed && !this.#fresh && !this.options.busy());
  }

  async #publish(): Promise<void> {
    const served = this.#flushes.splice(0);
    this.#changed = false;
    const snapshot = this.options.snapshot(this.position());
    this.#seq += 1;
    const local = proxyLocalActivities<Publish>({
      startToCloseTimeout: '1s',
      retry: { maximumAttempts: 1 },
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      summary: 'publish',
    });
    let stored = 0;
    try {
      this.revision = stored = await this.options.turns.inTurn(local[this.options.activity]!(snapshot));
      this.#stored = !this.#changed;
      this.#failedRetries = 0;
    } catch {
      // The book does not answer; the order goes on, and its newest view follows as soon as the book is back.
      this.#stored = false;
      this.#retrying ??= this.#publishWhenBookIsBack().finally(() => (this.#retrying = undefined));
    }
    for (const resolve of served) resolve(stored);
  }

  async #publishWhenBookIsBack(): Promise<void> {
    if (this.#failedRetries > 0) {
      await sleep(Math.min(firstPauseMs * 2 ** (this.#failedRetries - 1), longestPauseMs), {
        summary: 'publish later',
      });
    }
    const book = proxyActivities<Book>({
      taskQueue: this.options.taskQueue,
      startToCloseTimeout: '10s',
      retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '10s' },
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      activityId: `publish:${this.#seq}`,
      summary: 'publish: wait for the order book',
    });
    await book['orders.awaitBook']();
    this.#failedRetries += 1;
    this.#changed = true;
  }
}
