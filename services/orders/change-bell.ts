import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import type { Log } from '../support/database.js';

/** Absent: any. */
export interface ChangeFilter {
  shopId?: string | undefined;
  orderId?: string | undefined;
}

export interface Waiting {
  /** Resolves at the next change that the filter lets through, when the time is over, or the caller or the bell is gone. */
  readonly over: Promise<void>;
  /** There is no more to wait for: the time is over, or somebody is gone. */
  readonly isOver: boolean;
  /** Lets go of it. */
  end: () => void;
}

const notice = z.object({ orderId: z.string(), shopId: z.string() });
const longestPauseMs = 5_000;

/**
 * Wakes those who wait for a change of the book, at the moment it can be seen. PostgreSQL says so on one connection a
 * process; while that is being made anew nothing is heard, so everybody is woken once it is there, to look for themselves.
 */
export class ChangeBell {
  private readonly waiting = new Set<{ filter: ChangeFilter; wake: () => void }>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly databaseUrl: string,
    private readonly log: Log,
  ) {}

  /** Listens until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.stopping.abort(), { once: true });
    if (signal.aborted) this.stopping.abort();
    for (let pauseMs = 100; !this.stopping.signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const heardOnce = await this.listen();
      if (heardOnce) pauseMs = 100;
      await sleep(pauseMs, undefined, { signal: this.stopping.signal }).catch(() => 'The loop ends.');
    }
  }

  /** Begin to wait before looking: a change that comes between the two is then not missed. */
  wait(filter: ChangeFilter, ms: number, signal: AbortSignal): Waiting {
    const gone = AbortSignal.any([signal, this.stopping.signal]);
    const deadline = Date.now() + ms;
    let wake = () => {};
    const over = new Promise<void>((resolve) => (wake = resolve));
    const waiter = { filter, wake };
    const timer = setTimeout(wake, Math.max(ms, 0));
    gone.addEventListener('abort', wake);
    if (gone.aborted) wake();
    this.waiting.add(waiter);
    return {
      over,
      get isOver() {
        return gone.aborted || Date.now() >= deadline;
      },
      end: () => {
        this.waiting.delete(waiter);
        clearTimeout(timer);
        gone.removeEventListener('abort', wake);
        wake();
      },
    };
  }

  /** One connection, from its making to its loss. @returns whether it was made. */
  private async listen(): Promise<boolean> {
    const client = new pg.Client({
      connectionString: this.databaseUrl,
      application_name: 'orderflow-orders-changes',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    const lost = new Promise<Error>((resolve) => {
      client.on('error', resolve);
      client.on('end', () => resolve(new Error('The connection was closed')));
    });
    client.on('notification', ({ payload }) => {
      try {
        this.hear(payload);
      } catch (err) {
        // Not the book's own. Losing the connection over it makes everybody look for themselves.
        client.emit('error', err);
      }
    });
    let made = false;
    try {
      await client.connect();
      await client.query('listen changes');
      made = true;
      this.wake(() => true);
      const error = await Promise.race([lost, aborted(this.stopping.signal)]);
      if (error) throw error;
    } catch (err) {
      if (!this.stopping.signal.aborted) this.log.warn({ err }, 'cannot hear of changes; connecting again');
    }
    await client.end().catch((err: unknown) => this.log.debug({ err }, 'the lost connection did not close well'));
    return made;
  }

  private hear(payload: string | undefined): void {
    const { orderId, shopId } = notice.parse(JSON.parse(payload ?? '') as unknown);
    this.wake((filter) => (filter.orderId ?? orderId) === orderId && (filter.shopId ?? shopId) === shopId);
  }

  private wake(concerns: (filter: ChangeFilter) => boolean): void {
    for (const { filter, wake } of this.waiting) if (concerns(filter)) wake();
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
