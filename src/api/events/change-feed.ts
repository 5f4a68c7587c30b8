import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { BookEntry } from '../../../services/orders/contract.js';
import type { OrderBook } from '../book/order-book.js';
import { BOOK, LOGGER } from '../platform.js';

/** Which changes a reader wants. */
export interface Scope {
  /** Undefined: of all shops. */
  shopId?: string;
  orderId?: string;
}

/** So many of the newest changes are kept for readers that keep up, and no more bytes than this; who lags further reads from the book. */
const kept = 200;
const keptBytes = 8 * 1024 * 1024;
/** A reader that lags holds a page of its own. */
const pageOfOne = 20;
const pollMs = 20_000;

interface Kept extends BookEntry {
  bytes: number;
}

/** A reader that has seen all there was, and waits. */
interface Waiter {
  scope: Scope;
  /** Nothing up to this number is news to it. */
  seen: number;
  wake: () => void;
}

/**
 * The changes of the order book, heard by one long poll for all readers of this process; nobody reads, nothing polls.
 *
 * A reader holds nothing but the number of the last change it has seen, and asks for what came after it. So a slow one costs no
 * memory: it skips to the newest state, because the book keeps of each order only that.
 */
@Injectable()
export class ChangeFeed implements BeforeApplicationShutdown {
  private readonly closing = new AbortController();
  /** Ascending; every change after `completeAfter` that is the newest of its order is here. */
  private recent: Kept[] = [];
  private completeAfter = 0;
  private position = 0;
  private emptied = 0;
  private readers = 0;
  private polling: AbortController | undefined;
  private waiting = new Set<Waiter>();

  constructor(
    @Inject(BOOK) private readonly book: OrderBook,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Aborts when the API goes down. */
  get closed(): AbortSignal {
    return this.closing.signal;
  }

  /** Counts how often the book began anew: numbers from before mean nothing after. */
  get era(): number {
    return this.emptied;
  }

  get head(): number {
    return this.position;
  }

  beforeApplicationShutdown(): void {
    this.closing.abort();
    this.polling?.abort();
  }

  /** Begins to listen for a reader. @returns what ends it. @throws {ApiProblem} overloaded. */
  async join(): Promise<() => void> {
    this.readers += 1;
    let left = false;
    const leave = () => {
      if (left) return;
      left = true;
      this.readers -= 1;
      if (this.readers > 0) return;
      this.polling?.abort();
      this.polling = undefined;
    };
    try {
      if (!this.polling) await this.start();
      return leave;
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** @returns changes after `after` in the scope, oldest first, and the number to go on from; perhaps none. */
  async read(after: number, scope: Scope, signal: AbortSignal): Promise<{ items: BookEntry[]; next: number }> {
    if (after < this.completeAfter) return this.book.changes({ after, ...scope, limit: pageOfOne, waitMs: 0 }, signal);
    const items = this.recent.filter(({ change, view }) => change > after && isIn(scope, view));
    return { items, next: Math.max(after, this.position) };
  }

  /**
   * Resolves when there is a change after `after` in the scope, the time is over, or the signal aborts.
   *
   * @returns the number to go on from: changes up to it are not in the scope.
   */
  async changed(after: number, scope: Scope, withinMs: number, signal: AbortSignal): Promise<number> {
    if (this.position > after || signal.aborted) return after;
    return new Promise((resolve) => {
      const waiter: Waiter = {
        scope,
        seen: after,
        wake: () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', waiter.wake);
          this.waiting.delete(waiter);
          resolve(waiter.seen);
        },
      };
      const timer = setTimeout(waiter.wake, withinMs);
      this.waiting.add(waiter);
      signal.addEventListener('abort', waiter.wake);
    });
  }

  private async start(): Promise<void> {
    const { next } = await this.book.changes({ waitMs: 0, limit: 1 }, AbortSignal.timeout(5000));
    if (this.polling) return; // Another reader was faster.
    this.recent = [];
    this.completeAfter = next;
    this.position = next;
    const polling = new AbortController();
    this.polling = polling;
    void this.poll(polling);
  }

  private async poll(polling: AbortController): Promise<void> {
    const { signal } = polling;
    while (!signal.aborted) {
      try {
        const page = await this.book.changes({ after: this.position, waitMs: pollMs, limit: kept }, signal);
        this.take(page.items, page.next);
      } catch (error) {
        if (signal.aborted) break;
        this.logger.debug({ err: error }, 'The order book does not answer; event streams wait for it');
        await wait(1000, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private take(items: BookEntry[], next: number): void {
    const beganAnew = next < this.position;
    if (beganAnew) {
      this.recent = [];
      this.completeAfter = this.position = next;
      this.emptied += 1;
    }
    const newer = new Set(items.map(({ view }) => view.id));
    // An order's older change is not missed by anybody: its newest says it all.
    const measured = items.map((entry) => ({ ...entry, bytes: JSON.stringify(entry.view).length }));
    const all = [...this.recent.filter(({ view }) => !newer.has(view.id)), ...measured];
    const dropped = all.slice(0, all.length - newestThatFit(all));
    this.recent = all.slice(dropped.length);
    this.completeAfter = Math.max(this.completeAfter, dropped.at(-1)?.change ?? 0);
    this.position = next;
    for (const waiter of [...this.waiting]) {
      if (beganAnew || items.some(({ view }) => isIn(waiter.scope, view))) waiter.wake();
      else waiter.seen = Math.max(waiter.seen, next);
    }
  }
}

/** How many of the newest may be kept. */
function newestThatFit(entries: readonly Kept[]): number {
  let count = 0;
  for (let bytes = 0; count < Math.min(kept, entries.length); count += 1) {
    bytes += entries[entries.length - 1 - count]!.bytes;
    if (bytes > keptBytes) break;
  }
  return count;
}

function isIn({ shopId, orderId }: Scope, view: BookEntry['view']): boolean {
  return (shopId === undefined || view.shopId === shopId) && (orderId === undefined || view.id === orderId);
}
