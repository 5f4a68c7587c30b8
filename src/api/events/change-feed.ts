import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { BookEntry } from '../../../services/orders/contract.js';
import type { OrderBook } from '../book/order-book.js';
import { BOOK, LOGGER } from '../dependencies.js';

/** The changes that a reader wants. */
export interface Scope {
  /** Undefined for all shops. */
  shopId?: string;
  orderId?: string;
}

/** The newest changes are kept for readers that keep up. A reader that lags further behind reads from the book. */
const mostKept = 200;
const mostKeptBytes = 8 * 1024 * 1024;
/** The page size of a reader that lags behind: each has its own page. */
const laggingPage = 20;
const pollMs = 20_000;
/** Under load, a page for each change would cost more than the change itself. A page that comes after some time gathers several. */
const pageEveryMs = 50;
/** So many pages in sequence are read without that pause: the changes of one order in a quiet system are shown at once. */
const pagesAtOnce = 5;

interface Kept extends BookEntry {
  bytes: number;
}

/** A reader that waits for the next change. */
interface Waiter {
  scope: Scope;
  /** Changes up to this number are not in its scope, or it has seen them. */
  seen: number;
  wake: () => void;
}

/**
 * Reads the changes of the order book with one long poll for all readers of this process. Without readers it does not poll.
 *
 * A reader holds only the number of the last change that it has seen, and asks for later ones. So a slow reader costs no memory: it skips
 * to the newest state of each order, because the book keeps only that.
 */
@Injectable()
export class ChangeFeed implements BeforeApplicationShutdown {
  private readonly closing = new AbortController();
  /** In ascending order. Of every change after `completeAfter`, the newest of its order is here. */
  private recent: Kept[] = [];
  private completeAfter = 0;
  private position = 0;
  private emptied = 0;
  private readers = 0;
  private polling: AbortController | undefined;
  /** When the next page is due, in ms since the epoch. */
  private pageDue = 0;
  private waiting = new Set<Waiter>();

  constructor(
    @Inject(BOOK) private readonly book: OrderBook,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Aborts when the API stops. */
  get closed(): AbortSignal {
    return this.closing.signal;
  }

  /** Counts how often the book was emptied. Change numbers of an earlier era mean nothing. */
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

  /** Adds a reader. @returns a function that removes it. @throws {ApiProblem} overloaded. */
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

  /** @returns the changes after `after` in the scope, oldest first (perhaps none), and the number to continue from. */
  async read(after: number, scope: Scope, signal: AbortSignal): Promise<{ items: BookEntry[]; next: number }> {
    if (after < this.completeAfter) {
      return this.book.changes({ after, ...scope, limit: laggingPage, waitMs: 0 }, signal);
    }
    const items = this.recent.filter(({ change, view }) => change > after && isIn(scope, view));
    return { items, next: Math.max(after, this.position) };
  }

  /**
   * Resolves when there is a change after `after` in the scope, after `withinMs`, or when the signal aborts.
   *
   * @returns the number to continue from: changes up to it are not in the scope.
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
        const page = await this.book.changes({ after: this.position, waitMs: pollMs, limit: mostKept }, signal);
        this.take(page.items, page.next);
        await this.pause(signal);
      } catch (error) {
        if (signal.aborted) break;
        this.logger.debug({ err: error }, 'The order book does not answer; event streams wait for it');
        await wait(1000, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async pause(signal: AbortSignal): Promise<void> {
    this.pageDue = Math.max(this.pageDue, Date.now() - pagesAtOnce * pageEveryMs) + pageEveryMs;
    const ms = this.pageDue - Date.now();
    if (ms > 0) await wait(ms, undefined, { signal }).catch(() => undefined);
  }

  private take(items: BookEntry[], next: number): void {
    const wasEmptied = next < this.position;
    if (wasEmptied) {
      this.recent = [];
      this.completeAfter = this.position = next;
      this.emptied += 1;
    }
    const newer = new Set(items.map(({ view }) => view.id));
    // The newest change of an order replaces the older ones.
    const measured = items.map((entry) => ({ ...entry, bytes: JSON.stringify(entry.view).length }));
    const all = [...this.recent.filter(({ view }) => !newer.has(view.id)), ...measured];
    const dropped = all.slice(0, all.length - newestThatFit(all));
    this.recent = all.slice(dropped.length);
    this.completeAfter = Math.max(this.completeAfter, dropped.at(-1)?.change ?? 0);
    this.position = next;
    for (const waiter of [...this.waiting]) {
      if (wasEmptied || items.some(({ view }) => isIn(waiter.scope, view))) waiter.wake();
      else waiter.seen = Math.max(waiter.seen, next);
    }
  }
}

/** How many of the newest changes may be kept. */
function newestThatFit(entries: readonly Kept[]): number {
  let count = 0;
  for (let bytes = 0; count < Math.min(mostKept, entries.length); count += 1) {
    bytes += entries[entries.length - 1 - count]!.bytes;
    if (bytes > mostKeptBytes) break;
  }
  return count;
}

function isIn({ shopId, orderId }: Scope, view: BookEntry['view']): boolean {
  return (shopId === undefined || view.shopId === shopId) && (orderId === undefined || view.id === orderId);
}
