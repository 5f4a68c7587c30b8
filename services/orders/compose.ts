import type { OrderView, ReturnView } from '../../contracts/order.js';
import { withReturns } from '../../contracts/returns.js';

/** What the book holds of an order: the newest word of its run, and the newest word on each of its returns. */
export interface StoredOrder {
  view: OrderView;
  returns: ReturnView[];
  /** When the returns were written, ms since the epoch; null while there are none. */
  returnsAt: number | null;
  revision: number;
}

/** The one OrderView of an order and its returns. */
export function compose({ view, returns, returnsAt, revision }: StoredOrder, now = Date.now()): OrderView {
  return { ...withReturns(view, returns, now), revision, updatedAt: later(view.updatedAt, returnsAt) };
}

function later(time: string, ms: number | null): string {
  return ms !== null && ms > Date.parse(time) ? new Date(ms).toISOString() : time;
}
