import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import type { Log } from '../support/database.js';

/** A property that is absent lets every change through. */
export interface ChangeFilter {
  shopId?: string | undefined;
  orderId?: string | undefined;
}

export interface Waiting {
  /** Resolves at the next change that passes the filter, at the end of the time, or when the caller stops. */
  readonly over: Promise<void>;
  /** Whether the time has ended, or the caller has stopped. */
  readonly isOver: boolean;
  /** Stops waiting. */
  end: () => void;
}

const notice = z.object({ orderId: z.string(), shopId: z.string() });
const longestPauseMs = 5_000;

/**
 * Wakes waiting calls when a change of the book becomes visible. PostgreSQL notifies each process on one connection. Notifications
 * are lost while that connection is down, so all waiting calls are woken after a reconnect, and read the book themselves.
 */
export class ChangeBell {
  private readonly waiting = new Set<{ filter: ChangeFilter; wake: () => void }>();
  private stopping: AbortSignal = new AbortController().signal;

  constructor(
    private readonly databaseUrl: string,
    private readonly log: Log,
  ) {}

  /** Listens until the service stops. Then no call waits any more. */
  async run(stopping: AbortSignal): Promise<void> {
    this.stopping = stopping;
    stopping.addEventListener('abort', () => this.wake());
    for (let pauseMs = 100; !stopping.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const wasConnected = await this.listen(stopping);
      if (wasConnected) pauseMs = 100;
      await sleep(pauseMs, undefined, { signal: stopping }).catch(() => 'The loop ends.');
    }
  }

  /**
   * Start waiting before you read, so that a change between the two is not missed.
   *
   * @param signal aborts when the caller has gone.
   */
  wait(filter: ChangeFilter, ms: number, signal: AbortSignal): Waiting {
    const deadline = Date.now() + ms;
    const { stopping } = this;
    let wake = () => {};
    const over = new Promise<void>((resolve) => (wake = resolve));
    const waiter = { filter, wake };
    const timer = setTimeout(wake, Math.max(ms, 0));
    signal.addEventListener('abort', wake);
    if (signal.aborted || stopping.aborted) wake();
    this.waiting.add(waiter);
    return {
      over,
      get isOver() {
        return signal.aborted || stopping.aborted || Date.now() >= deadline;
      },
      end: () => {
        this.waiting.delete(waiter);
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        wake();
      },
    };
  }

  /** Connects, and listens until the connection is lost. @returns whether it was connected. */
  private async listen(stopping: AbortSignal): Promise<boolean> {
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
        this.applyNotice(payload);
      } catch (err) {
        // The notice is not from the book. A reconnect wakes all waiting calls, so nothing is missed.
        client.emit('error', err);
      }
    });
    let connected = false;
    try {
      await client.connect();
      await client.query('listen changes');
      connected = true;
      this.wake();
      const error = await Promise.race([lost, aborted(stopping)]);
      if (error) throw error;
    } catch (err) {
      if (!stopping.aborted) {
        this.log.warn({ err }, 'lost the connection that notifies of changes; connecting again');
      }
    }
    await client.end().catch((err: unknown) => this.log.debug({ err }, 'the lost connection could not be closed'));
    return connected;
  }

  private applyNotice(payload: string | undefined): void {
    const { orderId, shopId } = notice.parse(JSON.parse(payload ?? '') as unknown);
    this.wake((filter) => (filter.orderId ?? orderId) === orderId && (filter.shopId ?? shopId) === shopId);
  }

  private wake(concerns: (filter: ChangeFilter) => boolean = () => true): void {
    for (const { filter, wake } of this.waiting) if (concerns(filter)) wake();
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
