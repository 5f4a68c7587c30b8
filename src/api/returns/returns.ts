import { createHash, randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { WithStartWorkflowOperation, WorkflowNotFoundError, type Client, type Connection } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { LineQuantity, OrderView, ReturnView } from '../../../contracts/order.js';
import { withReturns } from '../../../contracts/returns.js';
import {
  ordersTaskQueue,
  type CommandAnswer,
  type CommandEnvelope,
  workflowTaskTimeout,
} from '../../../workflows/temporal/protocol.js';
import {
  returnsWorkflowId,
  returnsWorkflowType,
  type ReturnCommand,
  type ReturnCommandBodies,
  type ReturnsInput,
} from '../../../workflows/returns/messages.js';
import { type News } from '../../../workflows/events.js';
import { returnProcess } from '../../../workflows/returns/process.js';
import type { Config } from '../../config/index.js';
import { fingerprintOf } from '../../temporal/ids.js';
import { searchAttributes } from '../../temporal/search-attributes.js';
import type { Principal } from '../auth/principal.js';
import type { Asked } from '../orders/asked.js';
import { judgedAnew, orderEnded, processedWithinMs, requireOwnAnswer } from '../orders/commands.js';
import { OrderReader } from '../orders/order-reader.js';
import type { Lane } from '../limits.js';
import { CONFIG, TEMPORAL } from '../platform.js';

import { ApiProblem } from '../problems/problem.js';
import { Admission } from '../runs/admission.js';
import { OrderRuns } from '../runs/order-runs.js';
import { notProcessedYet, temporalProblem } from '../runs/temporal-problem.js';
import { updateProblem } from '../runs/update-problem.js';

type Request = Omit<Asked, 'base'>;
type ReviewBody = { decision: 'approve' | 'reject'; note?: string };

/** All returns of an order are one run of their own, which is started by the first and outlives no open one. */
@Injectable()
export class Returns {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(TEMPORAL) private readonly client: Client & { connection: Connection },
    @Inject(OrderReader) private readonly reader: OrderReader,
    @Inject(OrderRuns) private readonly runs: OrderRuns,
    @Inject(Admission) private readonly admission: Admission,
  ) {}

  /**
   * @returns the order with the return in it.
   * @throws {ApiProblem} not_found; order_ended for one that has nothing to return; the run's refusals, among them
   * return_exceeds_delivered; not_processed_yet; overloaded.
   */
  request(asked: Request, body: { lines: LineQuantity[]; reason: string }): Promise<OrderView> {
    return this.admit('commands', asked, () => this.requestNow(asked, body));
  }

  private async requestNow(asked: Request, body: { lines: LineQuantity[]; reason: string }): Promise<OrderView> {
    const { orderId, caller } = asked;
    const { view } = await this.reader.find(orderId, caller);
    if (view.status === 'cancelled' || view.status === 'failed') throw orderEnded(view);
    const key = asked.key ?? randomUUID();
    const returnId = returnIdFor(orderId, key);
    const before = view.returns.find(({ id }) => id === returnId);
    if (before) {
      requireSame(before, body);
      return view;
    }
    if (view.status !== 'completed') throw notYetReturnable(view);
    const envelope = this.envelope('requestReturn', { returnId, ...body }, caller);
    // Not the key: Temporal would answer a refusal again, and a refusal is judged anew. The run knows a return by its id.
    const answer = await this.update(() => this.start(view, 'requestReturn', envelope, randomUUID()))
      // The run that was there closed at this moment; a second is started now.
      .catch((error) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        return this.update(() => this.start(view, 'requestReturn', envelope, randomUUID()));
      })
      .catch(bookLags);
    const shown = await this.shown(answer, view);
    requireSame(
      shown.returns.find(({ id }) => id === returnId)!,
      body,
    );
    return shown;
  }

  /** @throws {ApiProblem} not_found for an unknown return; wrong_status for one that waits for no review. */
  review(asked: Request, returnId: string, body: ReviewBody): Promise<OrderView> {
    return this.admit('reserve', asked, () => this.reviewNow(asked, returnId, body));
  }

  private async reviewNow(asked: Request, returnId: string, body: ReviewBody): Promise<OrderView> {
    const { view } = await this.reader.find(asked.orderId, asked.caller);
    const envelope = this.envelope('reviewReturn', { returnId, ...body }, asked.caller);
    const found = view.returns.find(({ id }) => id === returnId);
    const key = asked.key ?? randomUUID();
    const run = this.client.workflow.getHandle(returnsWorkflowId(asked.orderId));
    const answer = await this.update(() =>
      judgedAnew(key, (updateId) =>
        run.executeUpdate<CommandAnswer, [typeof envelope]>('reviewReturn', { args: [envelope], updateId }),
      ),
    ).catch((error) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      if (found?.status !== 'requested') throw noReview(view, returnId);
      // Its run was terminated: the next one takes it over.
      return this.update(() => judgedAnew(key, (updateId) => this.start(view, 'reviewReturn', envelope, updateId)));
    });
    requireOwnAnswer(envelope.fingerprint, answer.fingerprint);
    return this.shown(answer, view);
  }

  /**
   * News of a return that is open and has no run, as that was terminated: the run that is started takes it over.
   *
   * @returns false where the order has no such open return.
   */
  async wake(view: OrderView, news: News): Promise<boolean> {
    const back = view.returns.find(({ id }) => id === news.data.returnId);
    if (!back || !['requested', 'approved'].includes(back.status)) return false;
    try {
      await this.client.withDeadline(Date.now() + processedWithinMs, () =>
        this.client.workflow.signalWithStart<(input: ReturnsInput) => Promise<unknown>, [News]>(returnsWorkflowType, {
          ...this.runOf(view),
          signal: 'return.received',
          signalArgs: [news],
        }),
      );
      return true;
    } catch (error) {
      throw temporalProblem(error);
    }
  }

  private admit(lane: Lane, { orderId, caller }: Request, send: () => Promise<OrderView>): Promise<OrderView> {
    return this.admission.admit(lane, `${returnsWorkflowId(orderId)} ${caller.shopId}`, send);
  }

  private envelope<Name extends keyof ReturnCommandBodies>(
    command: Name,
    body: ReturnCommandBodies[Name],
    { role, name }: Principal,
  ): CommandEnvelope<ReturnCommandBodies[Name]> {
    return { fingerprint: fingerprintOf({ command, body }), by: { role, name }, body };
  }

  /** Sends the run of the order's returns an Update; it is started where there is none. */
  private start<Name extends ReturnCommand>(
    view: OrderView,
    command: Name,
    envelope: CommandEnvelope<ReturnCommandBodies[Name]>,
    updateId: string,
  ): Promise<CommandAnswer> {
    const startWorkflowOperation = new WithStartWorkflowOperation(returnsWorkflowType, {
      ...this.runOf(view),
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    return this.client.workflow.executeUpdateWithStart<
      (input: ReturnsInput) => Promise<unknown>,
      CommandAnswer,
      [typeof envelope]
    >(command, { args: [envelope], updateId, startWorkflowOperation });
  }

  private runOf({ id, shopId }: OrderView) {
    const input: ReturnsInput = {
      orderId: id,
      shopId,
      process: { name: returnProcess.name, version: returnProcess.version },
      returnReviewLimit: this.config.returnReviewLimit,
      stepRetryBudgetMs: this.config.stepRetryBudgetMs,
    };
    return {
      workflowId: returnsWorkflowId(id),
      taskQueue: ordersTaskQueue,
      args: [input] as [ReturnsInput],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const,
      workflowTaskTimeout,
      typedSearchAttributes: new TypedSearchAttributes([{ key: searchAttributes.shopId, value: shopId }]),
      staticSummary: `${shopId}: returns of ${id}`,
      priority: { fairnessKey: shopId },
    };
  }

  private async update(send: () => Promise<CommandAnswer>): Promise<CommandAnswer> {
    try {
      return await this.client.withDeadline(Date.now() + processedWithinMs, send);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) throw error;
      throw updateProblem(error);
    }
  }

  /** The order as the book has it by now; where the book does not answer, as it was, with the returns as their run has them. */
  private async shown({ revision }: CommandAnswer, before: OrderView): Promise<OrderView> {
    const view = await this.reader.inBook(before.id, revision);
    if (view) return view;
    const returns = await this.runs.returns(before.id);
    if (!returns) throw notProcessedYet('neither the book nor the run of the returns answers');
    return withReturns(before, returns, Date.now());
  }
}

/** The same return for the same key, also in a later run of the order's returns: 128 bits of SHA-256. */
function returnIdFor(orderId: string, key: string): string {
  return `ret_${createHash('sha256').update(orderId).update('\0').update(key).digest('hex').slice(0, 32)}`;
}

/** A return is what its key asked for first, in this run of the order's returns or in one before it. */
function requireSame(first: ReturnView, { lines, reason }: { lines: LineQuantity[]; reason: string }): void {
  requireOwnAnswer(
    fingerprintOf({ lines, reason }),
    fingerprintOf({ lines: first.announced ?? first.lines, reason: first.reason }),
  );
}

/** Said here: the run reads the book, which may not have the order yet, and would be started for nothing. */
function notYetReturnable({ status, possible }: OrderView): ApiProblem {
  const detail = `Only a completed order can be returned; this one is ${status}`;
  return new ApiProblem('wrong_status', detail, { orderStatus: status, possible });
}

/** The order was found a moment ago: a run that does not know it has asked a book that lags. */
function bookLags(error: unknown): never {
  if (!(error instanceof ApiProblem) || error.code !== 'not_found') throw error;
  throw new ApiProblem('not_processed_yet', 'The order book does not have this order yet; repeat it in a moment');
}

function noReview({ returns, status, possible }: OrderView, returnId: string): ApiProblem {
  const found: ReturnView | undefined = returns.find(({ id }) => id === returnId);
  if (!found) return new ApiProblem('not_found', 'The order has no such return');
  const detail = `The return waits for no review: it is ${found.status}`;
  return new ApiProblem('wrong_status', detail, { orderStatus: status, possible });
}
