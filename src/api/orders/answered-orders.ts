import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { OrderView } from '../../../contracts/order.js';
import type { BookEntry } from '../../../services/orders/contract.js';

/** An order with its position in the book's changes. */
export interface FoundOrder {
  view: OrderView;
  /** The book's change number; 0 where the order is from its run: the book does not have it yet, or has an older state. */
  change: number;
  /** What Temporal knows about the order's run, where it was asked and answered. */
  run?: WorkflowExecutionDescription;
}

/** How many orders are remembered. The book is seldom away for longer than it takes to read so many. */
const mostOrders = 10_000;

interface Answered {
  revision: number;
  /** When the state that was answered last began, if it was from a run: the book may have an older one. */
  aheadAt: string | undefined;
}

/** What the newest answers about orders were, so that the next answer about the same order does not go back. */
export class AnsweredOrders {
  private readonly newest = new Map<string, Answered>();

  /** Whether the last answer was from the order's run. */
  isAhead(orderId: string): boolean {
    return this.newest.get(orderId)?.aheadAt !== undefined;
  }

  /** Whether the last answer was from the order's run, and the book has an older state. */
  isAheadOf({ view }: BookEntry): boolean {
    const { aheadAt } = this.newest.get(view.id) ?? {};
    return aheadAt !== undefined && Date.parse(view.updatedAt) < Date.parse(aheadAt);
  }

  /** Notes that the order is answered from the book, which is up to date. */
  fromBook({ change, view }: BookEntry): FoundOrder {
    this.note(view.id, view.revision, undefined);
    return { change, view };
  }

  /**
   * Notes that the order is answered from its run.
   *
   * @param entry the older state that the book has, if it is known. A run may not know the newest revision: other runs of the order publish
   *   too, and the book's answer can be lost.
   */
  fromRun(view: OrderView, entry?: BookEntry): FoundOrder {
    const revision = this.note(view.id, Math.max(view.revision, entry?.view.revision ?? 0), view.updatedAt);
    return { change: 0, view: { ...view, revision } };
  }

  private note(orderId: string, atLeast: number, aheadAt: string | undefined): number {
    const revision = Math.max(atLeast, this.newest.get(orderId)?.revision ?? 0);
    this.newest.delete(orderId);
    this.newest.set(orderId, { revision, aheadAt });
    if (this.newest.size > mostOrders) this.newest.delete(this.newest.keys().next().value!);
    return revision;
  }
}
