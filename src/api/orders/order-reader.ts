import { Inject, Injectable } from '@nestjs/common';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { haltedView } from '../../../contracts/halted.js';
import type { OrderView } from '../../../contracts/order.js';
import { withReturns } from '../../../contracts/returns.js';
import { isEnded } from '../../../contracts/statuses.js';
import { maySee, type Principal } from '../auth/principal.js';
import type { OrderBook } from '../book/order-book.js';
import { BOOK } from '../platform.js';
import { ApiProblem, orderNotFound } from '../problems/problem.js';
import { OrderRuns } from '../runs/order-runs.js';
import { withPendingAttempts } from './pending-attempts.js';

/** An order as it was found. */
export interface Sighting {
  view: OrderView;
  /** The book's change number; 0 until the book has the order. */
  change: number;
}

/** Reads single orders: from the book, and where the book has nothing to say, from their runs. */
@Injectable()
export class OrderReader {
  constructor(
    @Inject(BOOK) private readonly book: OrderBook,
    @Inject(OrderRuns) private readonly runs: OrderRuns,
  ) {}

  /**
   * @throws {ApiProblem} not_found, also for another shop's; temporal_unavailable when neither the book nor Temporal can tell.
   */
  async find(orderId: string, caller: Principal): Promise<Sighting> {
    const found = await this.sight(orderId);
    if (!found || !maySee(caller, found.view.shopId)) throw orderNotFound();
    return found;
  }

  /** As find, with what Temporal knows of the order's run: the attempts of the calls that are being tried now, and whether it is halted. */
  async findLive(orderId: string, caller: Principal, withinMs = 100): Promise<OrderView> {
    const { view } = await this.find(orderId, caller);
    if (isEnded(view.status)) return view;
    const run = await this.runs.describe(orderId, withinMs).catch(() => undefined);
    if (!run) return view;
    const halt = await this.runs.haltOf(run, orderId).catch(() => undefined);
    return halt ? haltedView(view, halt) : withPendingAttempts(view, run.raw.pendingActivities ?? []);
  }

  /**
   * Only whether the caller may know of the order, which takes no worker.
   *
   * @throws {ApiProblem} as find.
   */
  async requireSeen(orderId: string, caller: Principal): Promise<void> {
    const entry = await this.book.look(orderId);
    const shopId =
      entry === 'absent' || entry === 'unreachable' ? (await this.runs.input(orderId))?.shopId : entry.view.shopId;
    if (shopId === undefined && entry === 'unreachable') throw untold();
    if (shopId === undefined || !maySee(caller, shopId)) throw orderNotFound();
  }

  /**
   * The order with the effect of a command that its run has taken.
   *
   * @param revision of the command's answer; 0 when the book did not answer the run.
   * @throws {ApiProblem} temporal_unavailable when neither the book nor the run can tell.
   */
  async afterCommand(orderId: string, revision: number): Promise<OrderView> {
    const view = await this.inBook(orderId, revision);
    if (view) return view;
    const run = await this.runs.describe(orderId);
    if (!run) throw untold();
    return this.ofRun(run, orderId);
  }

  /** @returns the order as the book has it, at this revision or a later one; undefined when the book does not have that. */
  async inBook(orderId: string, revision: number): Promise<OrderView | undefined> {
    if (revision === 0) return undefined;
    const entry = await this.book.look(orderId);
    return entry !== 'absent' && entry !== 'unreachable' && entry.view.revision >= revision ? entry.view : undefined;
  }

  /** @returns undefined when nobody has such an order. */
  async sight(orderId: string): Promise<Sighting | undefined> {
    const entry = await this.book.look(orderId);
    if (entry !== 'absent' && entry !== 'unreachable') return entry;
    const run = await this.runs.describe(orderId);
    if (run) return { view: await this.ofRun(run, orderId), change: 0 };
    if (entry === 'absent') return undefined;
    throw untold();
  }

  /** As the book composes it: the order's run knows nothing of its returns. */
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

function untold(): ApiProblem {
  return new ApiProblem(
    'temporal_unavailable',
    'The order book does not answer, and Temporal has no run of this order (any more)',
  );
}
