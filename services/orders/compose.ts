import type { OrderView, ReturnView } from '../../contracts/order.js';
import type { LatePayment } from '../../contracts/publication.js';
import { withLateAttempts } from '../../contracts/late-payments.js';
import { withReturns } from '../../contracts/returns.js';

/** An order in the book: the newest view of its run, and the newest view of each return. */
export interface StoredOrder {
  view: OrderView;
  returns: ReturnView[];
  /** The time of the newest write of a return, in ms since the epoch; null without returns. */
  returnsAt: number | null;
  latePayments?: readonly LatePayment[];
  revision: number;
}

/** Combines an order, its returns and its late payments into one view. */
export function compose(stored: StoredOrder, now = Date.now()): OrderView {
  const { returns, returnsAt, latePayments = [], revision } = stored;
  const view = withReturns(stored.view, returns, now);
  const updatedAt = later(stored.view.updatedAt, returnsAt);
  if (latePayments.length === 0) return { ...view, revision, updatedAt };
  const late = latePayments.map(({ id: _, ...attempt }) => attempt);
  const lastLate = Math.max(...late.map(({ at }) => Date.parse(at)));
  return { ...withLateAttempts(view, late), revision, updatedAt: later(updatedAt, lastLate) };
}

function later(time: string, ms: number | null): string {
  return ms !== null && ms > Date.parse(time) ? new Date(ms).toISOString() : time;
}
