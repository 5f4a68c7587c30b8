import { Inject, Injectable } from '@nestjs/common';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { haltedView, type Halt } from '../../../contracts/halted.js';
import type { OrderView } from '../../../contracts/order.js';
import { withReturns } from '../../../contracts/returns.js';
import { isEnded } from '../../../contracts/statuses.js';
import { maySee, type Principal } from '../auth/principal.js';
import type { OrderBook } from '../book/order-book.js';
import { BOOK } from '../dependencies.js';
import { ApiProblem, orderNotFound } from '../problems/problem.js';
import { OrderRuns } from '../runs/order-runs.js';
import { withPendingAttempts } from './pending-attempts.js';

/** An order with its position in the book's changes. */
export interface FoundOrder {
  view: OrderView;
  /** The book's change number; 0 until the book has the order. */
  change: number;
}

/** Reads single orders: from the order book, or from their runs where the book has no answer. */
@Injectable()
export class OrderReader {
  constructor(
    @Inject(BOOK) private readonly book: OrderBook,
    @Inject(OrderRuns) private readonly runs: OrderRuns,
  ) {}

  /**
   * @throws {ApiProblem} not_found, also for an order of another shop; temporal_unavailable when neither the book nor Temporal answers.
   */
  async find(orderId: string, caller: Principal): Promise<FoundOrder> {
    const found = await this.findAny(orderId);
    if (!found || !maySee(caller, found.view.shopId)) throw orderNotFound();
    return found;
  }

  /** As {@link find}, with what Temporal knows about the run: the attempts of the calls in progress, and whether the run is halted. */
  async findLive(orderId: string, caller: Principal, withinMs = 100): Promise<OrderView> {
    const { view } = await this.find(orderId, caller);
    if (isEnded(view.status)) return view;
    const run = await this.runs.describe(orderId, withinMs).catch(() => undefined);
    if (!run) return view;
    const halt = await this.runs.haltOf(run, orderId).catch(() => undefined);
    return halt ? haltedView(view, halt) : withPendingAttempts(view, run.raw.pendingActivities ?? []);
  }

  /** Why the run of the order does not advance; undefined where it does, and where Temporal does not answer at once. */
  async haltOf(orderId: string, withinMs = 300): Promise<Halt | undefined> {
    const run = await this.runs.describe(orderId, withinMs).catch(() => undefined);
    return run && this.runs.haltOf(run, orderId).catch(() => undefined);
  }

  /**
   * Checks that the order exists and the caller may see it. Needs no worker.
   *
   * @throws {ApiProblem} as {@link find}.
   */
  async requireVisible(orderId: string, caller: Principal): Promise<void> {
    const { entry, isReachable } = await this.book.lookUp(orderId);
    const shopId = entry ? entry.view.shopId : (await this.runs.input(orderId))?.shopId;
    if (shopId === undefined && !isReachable) throw orderUnreadable();
    if (shopId === undefined || !maySee(caller, shopId)) throw orderNotFound();
  }

  /**
   * The order with the effect of a command that its run has accepted.
   *
   * @param revision from the command's answer; 0 when the book did not answer the run.
   * @throws {ApiProblem} temporal_unavailable when neither the book nor the run answers.
   */
  async afterCommand(orderId: string, revision: number): Promise<OrderView> {
    const view = await this.inBook(orderId, revision);
    if (view) return view;
    const run = await this.runs.describe(orderId);
    if (!run) throw orderUnreadable();
    return this.ofRun(run, orderId);
  }

  /** @returns the order from the book, at this revision or a later one; undefined when the book does not have it. */
  async inBook(orderId: string, revision: number): Promise<OrderView | undefined> {
    if (revision === 0) return undefined;
    const { entry } = await this.book.lookUp(orderId);
    return entry && entry.view.revision >= revision ? entry.view : undefined;
  }

  /** The order of any shop; undefined when it does not exist. */
  async findAny(orderId: string): Promise<FoundOrder | undefined> {
    const { entry, isReachable } = await this.book.lookUp(orderId);
    if (entry) return entry;
    const run = await this.runs.describe(orderId);
    if (run) return { view: await this.ofRun(run, orderId), change: 0 };
    if (isReachable) return undefined;
    throw orderUnreadable();
  }

  /** Adds the returns, as the book does: the order's run does not know them. */
  private async ofRun(run: WorkflowExecutionDescription, orderId: string): Promise<OrderView> {
    const view = await this.runs.view(run, orderId);
    if (view.status !== 'completed') return view;
    const returns = await this.runs.returns(orderId);
    if (!returns) {
      throw new ApiProblem(
        'temporal_unavailable',
        'The order is completed, but at the moment neither the order book nor a worker knows its returns',
      );
    }
    return withReturns(view, returns, Date.now());
  }
}

export function orderUnreadable(): ApiProblem {
  return new ApiProblem(
    'temporal_unavailable',
    'The order book does not answer, and Temporal has no run of this order',
  );
}
