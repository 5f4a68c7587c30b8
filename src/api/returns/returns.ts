import { createHash, randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { WithStartWorkflowOperation, WorkflowNotFoundError } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { ReturnBody, ReviewBody } from '../../../contracts/commands.schema.js';
import type { OrderView, ReturnView } from '../../../contracts/order.js';
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
import { latestOf } from '../../../workflows/engine/versions.js';
import { returnVersions } from '../../../workflows/returns/process.js';
import type { Config } from '../../config/index.js';
import { fingerprintOf } from '../../temporal/ids.js';
import { searchAttributes } from '../../temporal/search-attributes.js';
import type { Principal } from '../auth/principal.js';
import type { OrderCall } from '../orders/order-call.js';
import { retryUnderNewId, orderEnded, processedWithinMs, requireOwnAnswer } from '../orders/commands.js';
import { OrderReader } from '../orders/order-reader.js';
import type { Lane } from '../limits.js';
import { CONFIG, TEMPORAL } from '../dependencies.js';

import { ApiProblem } from '../problems/problem.js';
import { MessageQueue } from '../runs/message-queue.js';
import { acceptedWithinMs, temporalProblem } from '../runs/temporal-problem.js';
import { updateProblem } from '../runs/update-problem.js';
import type { TemporalClient } from '../../temporal/connection.js';

type Request = Omit<OrderCall, 'base'>;

/** Sends commands to the returns of an order. One run handles all of them: it starts with the first and closes with the last open one. */
@Injectable()
export class Returns {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(TEMPORAL) private readonly client: TemporalClient,
    @Inject(OrderReader) private readonly reader: OrderReader,
    @Inject(MessageQueue) private readonly queue: MessageQueue,
  ) {}

  /**
   * @returns the order with the return in it.
   * @throws {ApiProblem} not_found; order_ended for an order that was not delivered; the run's refusals, among them return_exceeds_delivered;
   * not_processed_yet; overloaded.
   */
  request(call: Request, body: ReturnBody): Promise<OrderView> {
    return this.enqueue('commands', call, () => this.requestNow(call, body));
  }

  private async requestNow(call: Request, body: ReturnBody): Promise<OrderView> {
    const { orderId, caller } = call;
    const { view } = await this.reader.find(orderId, caller);
    if (view.status === 'cancelled' || view.status === 'failed') throw orderEnded(view);
    const key = call.key ?? randomUUID();
    const returnId = returnIdFor(orderId, key);
    const before = view.returns.find(({ id }) => id === returnId);
    if (before) {
      requireSame(before, body);
      return view;
    }
    if (view.status !== 'completed') throw notYetReturnable(view);
    const envelope = this.envelope('requestReturn', { returnId, ...body }, caller);
    // The Update's id is not the key, because Temporal would repeat a refusal. The run recognizes the return by its id.
    const answer = await this.update(() => this.start(view, 'requestReturn', envelope, randomUUID()))
      // The open run closed at this moment; this starts the next one.
      .catch((error) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        return this.update(() => this.start(view, 'requestReturn', envelope, randomUUID()));
      })
      .catch(bookLags);
    const shown = await this.reader.afterReturnCommand(view, answer.revision);
    requireSame(
      shown.returns.find(({ id }) => id === returnId)!,
      body,
    );
    return shown;
  }

  /** @throws {ApiProblem} not_found for an unknown return; wrong_status for one that waits for no review. */
  review(call: Request, returnId: string, body: ReviewBody): Promise<OrderView> {
    return this.enqueue('reserve', call, () => this.reviewNow(call, returnId, body));
  }

  private async reviewNow(call: Request, returnId: string, body: ReviewBody): Promise<OrderView> {
    const { view } = await this.reader.find(call.orderId, call.caller);
    const envelope = this.envelope('reviewReturn', { returnId, ...body }, call.caller);
    const found = view.returns.find(({ id }) => id === returnId);
    const key = call.key ?? randomUUID();
    const run = this.client.workflow.getHandle(returnsWorkflowId(call.orderId));
    const answer = await this.update(() =>
      retryUnderNewId(key, (updateId) =>
        run.executeUpdate<CommandAnswer, [typeof envelope]>('reviewReturn', { args: [envelope], updateId }),
      ),
    ).catch((error) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      if (found?.status !== 'requested') throw noReview(view, returnId);
      // Its run was terminated, or closed at this moment; the next run continues with the return. A new run has kept no refusal that could
      // be repeated. Another try would start another run, which would keep its refusal too, and so on.
      return this.update(() => this.start(view, 'reviewReturn', envelope, key));
    });
    requireOwnAnswer(envelope.fingerprint, answer.fingerprint);
    return this.reader.afterReturnCommand(view, answer.revision);
  }

  /**
   * Starts a run for an open return whose run was terminated, and sends it the event.
   *
   * @returns false where the order has no such open return.
   */
  async restart(view: OrderView, news: News): Promise<boolean> {
    const back = view.returns.find(({ id }) => id === news.data.returnId);
    if (!back || !['requested', 'approved'].includes(back.status)) return false;
    try {
      await this.client.withDeadline(Date.now() + acceptedWithinMs, () =>
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

  private enqueue(lane: Lane, { orderId, caller }: Request, send: () => Promise<OrderView>): Promise<OrderView> {
    return this.queue.send(lane, `${returnsWorkflowId(orderId)} ${caller.shopId}`, send);
  }

  private envelope<Name extends keyof ReturnCommandBodies>(
    command: Name,
    body: ReturnCommandBodies[Name],
    { role, name }: Principal,
  ): CommandEnvelope<ReturnCommandBodies[Name]> {
    return { fingerprint: fingerprintOf({ command, body }), by: { role, name }, body };
  }

  /** Sends an Update to the run of the order's returns, and starts the run where there is none. */
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
    const process = latestOf(returnVersions);
    const input: ReturnsInput = {
      orderId: id,
      shopId,
      process: { name: process.name, version: process.version },
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
}

/** The same key gives the same return, also in a later run of the order's returns: 128 bits of SHA-256. */
function returnIdFor(orderId: string, key: string): string {
  return `ret_${createHash('sha256').update(orderId).update('\0').update(key).digest('hex').slice(0, 32)}`;
}

/** A key stands for the return that it requested first, in this run of the order's returns or an earlier one. */
function requireSame(first: ReturnView, { lines, reason }: ReturnBody): void {
  requireOwnAnswer(
    fingerprintOf({ lines, reason }),
    fingerprintOf({ lines: first.announced ?? first.lines, reason: first.reason }),
  );
}

/** Checked here, because a run would be started only to refuse it. */
function notYetReturnable({ status, possible }: OrderView): ApiProblem {
  const detail = `Only a completed order can be returned. This order is ${status}`;
  return new ApiProblem('wrong_status', detail, { orderStatus: status, possible });
}

/** The order was found a moment ago, so a run that does not find it has read a book that lags behind. */
function bookLags(error: unknown): never {
  if (!(error instanceof ApiProblem) || error.code !== 'not_found') throw error;
  throw new ApiProblem('not_processed_yet', 'The order book does not have this order yet. Repeat it in a moment');
}

function noReview({ returns, status, possible }: OrderView, returnId: string): ApiProblem {
  const found: ReturnView | undefined = returns.find(({ id }) => id === returnId);
  if (!found) return new ApiProblem('not_found', 'The order has no such return');
  const detail = `The return does not wait for a review: it is ${found.status}`;
  return new ApiProblem('wrong_status', detail, { orderStatus: status, possible });
}
