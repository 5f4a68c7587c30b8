import { proxyActivities, sleep, workflowInfo } from '@temporalio/workflow';
import type { Position } from '../../contracts/publication.js';
import { now } from './clock.js';
import { conditionLater } from './condition-later.js';
import { callLocalActivity } from './local-activity.js';
import type { TemporalPorts } from './ports.js';

export interface PublisherOptions<Publication extends object> {
  /** The activity that stores a publication and answers its revision. Its service also has an activity `awaitBook`. */
  activity: `${string}.${string}`;
  /** What to publish now. */
  publication: (position: Position) => Publication;
  /** The run's. Publishing waits for its short calls, so that a chain of them is published once. */
  ports: TemporalPorts;
}

const publishPolicy = { startToCloseTimeout: '1s', retry: { maximumAttempts: 1 }, summary: 'publish' } as const;

/** How long a book is left alone that answers and still stores nothing. The pause doubles each time. */
const firstPauseMs = 1000;
const longestPauseMs = 10 * 60_000;

const resolved = Promise.resolve();

type AwaitBook = Record<string, () => Promise<void>>;

/**
 * Writes what a run shows to a book (the orders service), in the workflow task that made the change. So a reader sees an Update's
 * effect as soon as the Update is answered. When the book does not answer, the run goes on; an ordinary activity waits for the book, and
 * then the newest publication is written. Publications go to local activities alone: the input of an ordinary one is stored in the history.
 */
export class Publisher<Publication extends object> {
  /** Assigned by the book to the latest stored publication; 0 until then. */
  revision = 0;
  private hasChanged = true;
  private hasJustChanged = false;
  private published = 0;
  private isStored = false;
  private isClosing = false;
  private isIdle = false;
  private flushes: ((revision: number) => void)[] = [];
  private retrying?: Promise<void> | undefined;
  /** How often in a row the book answered and then stored nothing. */
  private failedRetries = 0;

  constructor(private readonly options: PublisherOptions<Publication>) {
    // V8 makes a function that is assigned directly among the old objects, where it keeps the run until a full garbage collection.
    const isHeldBack = (): boolean => this.isIdle && this.isDue;
    options.ports.answers.isHeldBack = isHeldBack;
  }

  /** Call it when something has changed that a publication shows. */
  changed(): void {
    this.hasChanged = true;
    if (this.hasJustChanged) return;
    // Temporal evaluates conditions right after each message too, before the steps that it sets off have started.
    this.hasJustChanged = true;
    void resolved.then(() => (this.hasJustChanged = false));
  }

  /** The position of the next publication. Changes nothing: a query asks for it too, and a replay does not repeat queries. */
  position(): Position {
    const { runId, historyLength } = workflowInfo();
    return { runId, length: historyLength, at: now(), seq: this.published + 1 };
  }

  /** Resolves once the current state was sent to the book: with its revision there, or 0 when the book did not answer. */
  flush(): Promise<number> {
    return new Promise((resolve) => this.flushes.push(resolve));
  }

  /** Publishes until it is closed. Resolves when the last state is stored. It runs in the scope of its caller, which has to be shielded. */
  async run(): Promise<void> {
    this.isClosing = false;
    for (;;) {
      this.isIdle = true;
      await conditionLater(() => this.isDue);
      this.isIdle = false;
      if (this.isClosing && !this.hasChanged && this.flushes.length === 0) break;
      await this.publish();
    }
    while (!this.isStored) {
      if (this.retrying) await this.retrying;
      else await this.publish();
    }
  }

  /** Something has changed since the last publication. */
  get isBehind(): boolean {
    return this.hasChanged;
  }

  close(): void {
    this.isClosing = true;
  }

  private get isDue(): boolean {
    return (
      this.flushes.length > 0 ||
      this.isClosing ||
      (this.hasChanged && !this.hasJustChanged && !this.options.ports.isBusy)
    );
  }

  private async publish(): Promise<void> {
    const { activity, publication, ports } = this.options;
    const served = this.flushes.splice(0);
    this.hasChanged = false;
    const input: object = publication(this.position());
    this.published += 1;
    let stored = 0;
    try {
      this.revision = stored = await ports.answers.inOrder(() =>
        callLocalActivity<number>(activity, input, publishPolicy),
      );
      this.isStored = !this.hasChanged;
      this.failedRetries = 0;
    } catch {
      // The book does not answer. The process goes on, and its newest state follows as soon as the book is back.
      this.isStored = false;
      this.retrying ??= this.publishWhenBookIsBack().finally(() => (this.retrying = undefined));
    }
    for (const resolve of served) resolve(stored);
  }

  private async publishWhenBookIsBack(): Promise<void> {
    if (this.failedRetries > 0) {
      const pauseMs = Math.min(firstPauseMs * 2 ** (this.failedRetries - 1), longestPauseMs);
      await sleep(pauseMs, { summary: 'publish later' });
    }
    const { activity, ports } = this.options;
    const service = activity.split('.')[0]!;
    const book = proxyActivities<AwaitBook>({
      taskQueue: ports.taskQueueOf(service),
      startToCloseTimeout: '10s',
      retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '10s' },
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      activityId: `publish:${this.published}`,
      summary: 'publish: wait for the order book',
    });
    await book[`${service}.awaitBook`]!();
    this.failedRetries += 1;
    this.hasChanged = true;
  }
}
