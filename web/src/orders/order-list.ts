import type { OrderView } from '../../../contracts/order.js';
import { call } from '../api/client.js';
import { isPassing } from '../api/use-resource.js';
import { matches, pathOf, type Filter } from './filter.js';
import { isBefore, rowOf, type Row } from './rows.js';

/** What the page shows of the list. */
export interface ListState {
  rows: readonly Row[];
  /** New orders that wait above, because the reader has scrolled down. */
  waiting: number;
  hasMore: boolean;
  isLoading: boolean;
  error: Error | undefined;
}

/**
 * The orders that fit a filter, newest first: read page by page as the reader scrolls, and kept up to date by the changes of the event
 * stream.
 */
export class OrderList {
  private rows: Row[] = [];
  private waiting: Row[] = [];
  private known = new Map<string, Row>();
  private cursor: string | null | undefined;
  private early: OrderView[] = [];
  private loading: AbortController | undefined;
  private error: Error | undefined;
  private failures = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private state: ListState;
  private readonly listeners = new Set<() => void>();
  /** Whether new orders go in at once; otherwise they would move what the reader looks at. */
  isAtTop = true;

  constructor(private readonly filter: Filter) {
    this.state = this.newState();
  }

  readonly get = (): ListState => this.state;

  readonly subscribe = (onChange: () => void): (() => void) => {
    this.listeners.add(onChange);
    return () => this.listeners.delete(onChange);
  };

  /** Reads the next page, unless it is being read already or there is none. */
  readonly more = async (): Promise<void> => {
    if (this.loading || this.cursor === null) return;
    clearTimeout(this.retry);
    const loading = new AbortController();
    this.loading = loading;
    this.tell();
    try {
      const page = await call<{ items: OrderView[]; nextCursor: string | null }>(pathOf(this.filter, this.cursor), {
        signal: loading.signal,
      });
      this.cursor = page.nextCursor;
      this.error = undefined;
      this.failures = 0;
      this.append(page.items.map(rowOf));
      this.take(this.early.splice(0));
    } catch (error) {
      if (loading.signal.aborted) return;
      this.error = error as Error;
      if (isPassing(error)) {
        this.retry = setTimeout(() => void this.more(), Math.min(1000 * 2 ** this.failures++, 10_000));
      }
    }
    this.loading = undefined;
    this.tell();
  };

  /** Reads the newest orders again: the event stream was not there for a while. */
  readonly catchUp = async (): Promise<void> => {
    if (this.cursor === undefined) return;
    try {
      this.take((await call<{ items: OrderView[] }>(pathOf(this.filter, undefined))).items);
    } catch {
      // The event stream will be there again, and this with it.
    }
  };

  /** Takes changes of the event stream in. */
  readonly take = (views: readonly OrderView[]): void => {
    if (this.cursor === undefined) {
      // The first page may have been read before these changes.
      this.early.push(...views);
      return;
    }
    const fresh: Row[] = [];
    const gone = new Set<string>();
    let isChanged = false;
    for (const view of views) {
      const row = rowOf(view);
      const before = this.known.get(row.id);
      if (before && before.revision >= row.revision && before.isOverdue === row.isOverdue) continue;
      if (!matches(this.filter, view, before !== undefined)) {
        if (before) gone.add(row.id);
        continue;
      }
      if (before) {
        Object.assign(before, { failureCode: undefined, step: undefined }, row);
        isChanged = true;
      } else if (this.isInView(row)) {
        this.known.set(row.id, row);
        fresh.push(row);
      }
    }
    if (gone.size > 0) {
      for (const id of gone) this.known.delete(id);
      this.rows = this.rows.filter(({ id }) => !gone.has(id));
      this.waiting = this.waiting.filter(({ id }) => !gone.has(id));
    }
    if (fresh.length > 0) this.waiting.push(...fresh);
    if (this.isAtTop) this.showWaiting();
    else if (fresh.length > 0 || gone.size > 0 || isChanged) this.tell();
    if (this.isAtTop && (gone.size > 0 || isChanged)) this.tell();
  };

  /** Puts the orders that wait above into the list. */
  readonly showWaiting = (): void => {
    if (this.waiting.length === 0) return;
    for (const row of this.waiting.sort((a, b) => (isBefore(a, b) ? 1 : -1))) {
      const at = this.rows.findIndex((each) => isBefore(row, each));
      this.rows.splice(at === -1 ? this.rows.length : at, 0, row);
    }
    this.rows = [...this.rows];
    this.waiting = [];
    this.tell();
  };

  readonly close = (): void => {
    this.loading?.abort();
    this.loading = undefined;
    clearTimeout(this.retry);
  };

  private append(page: readonly Row[]): void {
    for (const row of page) {
      if (this.known.has(row.id)) continue;
      this.known.set(row.id, row);
      this.rows.push(row);
    }
    this.rows = [...this.rows];
  }

  /** An older order than the last one loaded comes with its page. */
  private isInView(row: Row): boolean {
    const last = this.rows.at(-1);
    return this.cursor === null || last === undefined || isBefore(row, last);
  }

  private newState(): ListState {
    return {
      rows: this.rows,
      waiting: this.waiting.length,
      hasMore: this.cursor !== null,
      isLoading: this.loading !== undefined,
      error: this.error,
    };
  }

  private tell(): void {
    this.state = this.newState();
    for (const listener of [...this.listeners]) listener();
  }
}
