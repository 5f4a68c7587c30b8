import { Inject, Injectable } from '@nestjs/common';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { haltedView, type Halt } from '../../../contracts/halted.js';
import type { OrderView } from '../../../contracts/order.js';
import { lateAttempts, withLateAttempts } from '../../../contracts/late-payments.js';
import { withReturns } from '../../../contracts/returns.js';
import { isEnded } from '../../../contracts/statuses.js';
import { maySee, type Principal } from '../auth/principal.js';
import type { BookEntry } from '../../../services/orders/contract.js';
import type { OrderBook } from '../book/order-book.js';
import { BOOK } from '../dependencies.js';
import { ApiProblem, orderNotFound } from '../problems/problem.js';
import { OrderRuns } from '../runs/order-runs.js';
import { AnsweredOrders, type FoundOrder } from './answered-orders.js';
import { hasUnpublished, withPendingAttempts } from './pending-attempts.js';

/** How long Temporal may take to say whether the book is up to date, if nobody has seen more than the book has. */
const shortMs = 1000;
/** The same if somebody has: the answer of the book would take back what they saw. */
const longMs = 2000;

/**
 * Reads single orders: from the order book, or from their runs where the book has no answer or an older state
 * (docs/decisions/0087-reads-never-go-back.md).
 */
@Injectable()
export class OrderReader {
  private readonly answered = new AnsweredOrders();

  constructor(
    @Inject(BOOK) private readonly book: OrderBook,
    @Inject(OrderRuns) private readonly runs: OrderRuns,
  ) {}

  /**
   * @throws {ApiProblem} not_found, also for an order of another shop; temporal_unavailable when neither the book nor Temporal answers, or
   *   when the book has an older state and no worker answers for the run.
   */
  async find(orderId: string, caller: Principal, withinMs?: number): Promise<FoundOrder> {
    const found = await this.findAny(orderId, withinMs);
    if (!found || !maySee(caller, found.view.shopId)) throw orderNotFound();
    return found;
  }

  /** As {@link find}, with what Temporal knows about the run: the attempts of the calls in progress, and whether the run is halted. */
  async findLive(orderId: string, caller: Principal, withinMs?: number): Promise<OrderView> {
    const { view, run } = await this.find(orderId, caller, withinMs);
    if (isEnded(view.status) || !run) return view;
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
    return (await this.fromRun(run, orderId)).view;
  }

  /**
   * The order with the effect of a command that the run of its returns has accepted.
   *
   * @param before the order as it was.
   * @param revision as in {@link afterCommand}.
   * @throws {ApiProblem} temporal_unavailable when neither the book nor the run of the returns answers.
   */
  async afterReturnCommand(before: OrderView, revision: number): Promise<OrderView> {
    return (await this.inBook(before.id, revision)) ?? (await this.withOwnReturns(before)).view;
  }

  /** @returns the order from the book, at this revision or a later one; undefined when the book does not have it. */
  private async inBook(orderId: string, revision: number): Promise<OrderView | undefined> {
    if (revision === 0) return undefined;
    const { entry } = await this.book.lookUp(orderId);
    return entry && entry.view.revision >= revision ? this.answered.fromBook(entry).view : undefined;
  }

  /** The order of any shop; undefined when it does not exist. @throws {ApiProblem} as {@link find}. */
  async findAny(orderId: string, withinMs?: number): Promise<FoundOrder | undefined> {
    const { entry, isReachable } = await this.book.lookUp(orderId);
    if (entry) return this.upToDate(entry, withinMs);
    const run = await this.runs.describe(orderId);
    if (run) return this.fromRun(run, orderId);
    if (isReachable) return undefined;
    throw orderUnreadable();
  }

  /**
   * The order of an entry of the book; from its runs if the book has an older state. Somebody may have seen the newer one: they were
   * answered from a run while the book was away.
   *
   * @throws {ApiProblem} temporal_unavailable when the book has an older state and no worker answers for the run.
   */
  async upToDate(entry: BookEntry, withinMs = shortMs): Promise<FoundOrder> {
    const { id, status } = entry.view;
    const hasEnded = isEnded(status);
    if (hasEnded && !mayGetReturns(entry.view)) return this.answered.fromBook(entry);
    const isAhead = this.answered.isAhead(id);
    const deadlineMs = isAhead ? Math.max(withinMs, longMs) : withinMs;
    const asked = hasEnded ? this.runs.describeReturns(id, deadlineMs) : this.runs.describe(id, deadlineMs);
    const run = await asked.catch((error: unknown) => {
      if (isAhead) throw error;
      return undefined;
    });
    const fromRuns = (older: BookEntry, known: WorkflowExecutionDescription) =>
      hasEnded ? this.withOwnReturns(older.view, older) : this.fromRun(known, id, older);
    if (run && hasUnpublished(run)) return fromRuns(entry, run);
    // The run may have published between the two questions.
    const { entry: newest } = isAhead ? await this.book.lookUp(id) : { entry };
    if (!newest) throw orderUnreadable();
    // Its first attempt to publish, in the workflow task, does not show in Temporal. A run that has closed by itself has published all; its
    // replay may give a state that seems some milliseconds newer.
    if (run && !hasClosed(run) && this.answered.isAheadOf(newest)) return fromRuns(newest, run);
    return { ...this.answered.fromBook(newest), ...(run && !hasEnded && { run }) };
  }

  private async fromRun(run: WorkflowExecutionDescription, orderId: string, entry?: BookEntry): Promise<FoundOrder> {
    const own = await this.runs.view(run, orderId);
    // Late payments are seen in the book alone, so what it has is the newest.
    const late = entry ? lateAttempts(entry.view) : await this.runs.latePayments(orderId);
    if (!late) throw cannotRead('late payments');
    const view = withLateAttempts(own, late);
    const found =
      own.status === 'completed' ? await this.withOwnReturns(view, entry) : this.answered.fromRun(view, entry);
    return { ...found, run };
  }

  /** Adds the returns from their run, as the book does: the order's run does not know them. */
  private async withOwnReturns(view: OrderView, entry?: BookEntry): Promise<FoundOrder> {
    const returns = await this.runs.returns(view.id);
    if (!returns) throw cannotRead('returns');
    return this.answered.fromRun(withReturns(view, returns, Date.now()), entry);
  }
}

/** Whether the run of the order's returns may know more than the order. */
function mayGetReturns({ possible, returns }: OrderView): boolean {
  return possible.includes('return') || returns.some(({ status }) => status !== 'closed' && status !== 'rejected');
}

function hasClosed({ status }: WorkflowExecutionDescription): boolean {
  return status.name === 'COMPLETED' || status.name === 'FAILED';
}

function cannotRead(what: 'returns' | 'late payments'): ApiProblem {
  const detail = `At the moment neither the order book nor a worker knows the ${what} of the order`;
  return new ApiProblem('temporal_unavailable', detail);
}

export function orderUnreadable(): ApiProblem {
  return new ApiProblem(
    'temporal_unavailable',
    'The order book does not answer, and Temporal has no run of this order',
  );
}
