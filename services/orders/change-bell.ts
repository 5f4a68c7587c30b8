import pg from 'pg';
import { z } from 'zod';
import type { Log } from '../support/database.js';

/** Absent: any. */
export interface ChangeFilter {
  shopId?: string | undefined;
  orderId?: string | undefined;
}

const notice = z.object({ orderId: z.string(), shopId: z.string() });

/**
 * Wakes those who wait for a change of the book, at the moment it can be seen. PostgreSQL says so on one connection a
 * process; while that is being made anew nothing is heard, so everybody is woken once it is there, to look for themselves.
 */
export class ChangeBell {
  private readonly waiting = new Set<{ filter: ChangeFilter; wake: () => void }>();
  private client: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly databaseUrl: string,
    private readonly log: Log,
  ) {}

  /** Tries once to connect before it resolves, and goes on trying after that. */
  async start(): Promise<void> {
    await this.connect(100);
  }

  /** Lets go of everybody who waits. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    this.wake(() => true);
    await this.client?.end();
  }

  /**
   * Begin to wait before looking: a change that comes between the two is then not missed.
   *
   * @returns resolves at the next change that the filter lets through, after `ms`, when the signal aborts or the bell stops.
   */
  next(filter: ChangeFilter, ms: number, signal: AbortSignal): Promise<void> {
    if (this.stopped || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.waiting.delete(waiter);
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const waiter = { filter, wake };
      const timer = setTimeout(wake, ms);
      signal.addEventListener('abort', wake);
      this.waiting.add(waiter);
    });
  }

  get isStopped(): boolean {
    return this.stopped;
  }

  private async connect(retryMs: number): Promise<void> {
    const client = new pg.Client({ connectionString: this.databaseUrl, keepAlive: true, application_name: 'listener' });
    this.client = client;
    let lost = false;
    const lose = (error?: Error) => {
      if (lost || this.stopped) return;
      lost = true;
      this.log.warn({ err: error }, 'The connection that hears of changes is lost; connecting again');
      client.end().catch(() => undefined); // It is broken: there is nothing left to close well.
      this.timer = setTimeout(() => void this.connect(Math.min(retryMs * 2, 5_000)), retryMs);
    };
    client.on('error', lose);
    client.on('end', () => lose());
    client.on('notification', ({ payload }) => this.hear(payload));
    try {
      await client.connect();
      await client.query('listen changes');
      retryMs = 100;
      this.wake(() => true);
    } catch (error) {
      lose(error as Error);
    }
  }

  private hear(payload: string | undefined): void {
    const { orderId, shopId } = notice.parse(JSON.parse(payload ?? ''));
    this.wake((filter) => (filter.orderId ?? orderId) === orderId && (filter.shopId ?? shopId) === shopId);
  }

  private wake(concerns: (filter: ChangeFilter) => boolean): void {
    for (const { filter, wake } of [...this.waiting]) if (concerns(filter)) wake();
  }
}
