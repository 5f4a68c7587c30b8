import { Inject, Injectable } from '@nestjs/common';
import {
  WorkflowFailedError,
  WorkflowNotFoundError,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import type { Halt } from '../../../contracts/halted.js';
import type { OrderInput, OrderView, PaymentAttempt, ReturnView } from '../../../contracts/order.js';
import type { LatePayment, LatePaymentsPublication } from '../../../contracts/publication.js';
import { latePaymentWorkflowId } from '../../../workflows/late-payment/messages.js';
import { orderQuery, orderWorkflowId } from '../../../workflows/order/messages.js';
import { returnsQuery, returnsWorkflowId } from '../../../workflows/returns/messages.js';
import { publicationQuery } from '../../../workflows/temporal/protocol.js';
import { initialView } from '../../../workflows/order/process.js';
import { lastTasks } from '../../temporal/failed-tasks.js';
import { TEMPORAL } from '../dependencies.js';
import { ApiProblem } from '../problems/problem.js';
import { grpcCode, temporalProblem } from './temporal-problem.js';
import type { TemporalClient } from '../../temporal/connection.js';

/** temporal.api.enums.v1.EventType. */
const workflowTaskCompleted = 7;

/** Reads the runs of orders. Every call has a deadline. */
@Injectable()
export class OrderRuns {
  constructor(@Inject(TEMPORAL) private readonly client: TemporalClient) {}

  /** @returns undefined when Temporal has no run of this order. @throws {ApiProblem} while Temporal does not answer. */
  async describe(orderId: string, withinMs = 2000): Promise<WorkflowExecutionDescription | undefined> {
    return this.orUndefined(withinMs, () => this.handle(orderId).describe());
  }

  /** As {@link describe}, of the run of the order's returns. */
  async describeReturns(orderId: string, withinMs = 2000): Promise<WorkflowExecutionDescription | undefined> {
    return this.orUndefined(withinMs, () => this.client.workflow.getHandle(returnsWorkflowId(orderId)).describe());
  }

  /** The size of the history of a run; undefined when Temporal has no such run. */
  async historySize(workflowId: string): Promise<{ events: number; bytes: number } | undefined> {
    const run = await this.orUndefined(2000, () => this.client.workflow.getHandle(workflowId).describe());
    const bytes = Number(run?.raw.workflowExecutionInfo?.historySizeBytes ?? 0);
    return run && { events: run.historyLength, bytes };
  }

  /** Why the run no longer advances by itself; undefined where it advances, or has ended with its order. */
  async haltOf(run: WorkflowExecutionDescription, orderId: string): Promise<Halt | undefined> {
    const status = run.status.name;
    if (status === 'COMPLETED' || status === 'CONTINUED_AS_NEW') return undefined;
    if (status === 'RUNNING') return (await this.cannotReplay(run)) ? 'code_mismatch' : undefined;
    return status === 'FAILED' && (await this.lastView(orderId)) ? undefined : 'terminated';
  }

  /** Temporal retries a failing workflow task without end, and records the first failure in the history. */
  private async cannotReplay({ raw, workflowId, runId }: WorkflowExecutionDescription): Promise<boolean> {
    if ((raw.pendingWorkflowTask?.attempt ?? 1) <= 1) return false;
    const { namespace } = this.client.options;
    const { failure } = await this.within(1000, () =>
      lastTasks(this.client.connection, namespace, { workflowId, runId }),
    );
    return failure !== undefined && failure.cause !== 'other';
  }

  /** The input of the run, from its first event. Needs no worker. */
  async input(orderId: string, withinMs = 2000): Promise<OrderInput | undefined> {
    const first = await this.orUndefined(withinMs, () => this.page(orderId, 1));
    const payloads = first?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads;
    if (!payloads) return undefined;
    return decodeFromPayloadsAtIndex<OrderInput>(this.client.options.loadedDataConverter, 0, payloads);
  }

  /**
   * The order as its run has it. A worker answers for an open run; without a worker, the order is known only of a run that has not started
   * or has closed.
   *
   * @throws {ApiProblem} temporal_unavailable when nothing of this is possible.
   */
  async view(run: WorkflowExecutionDescription, orderId: string): Promise<OrderView> {
    const view =
      run.status.name === 'RUNNING'
        ? ((run.historyLength > 3 ? await this.query(orderId) : undefined) ??
          (await this.notStarted(orderId)) ??
          // A worker has started the run meanwhile, so the query no longer waits for the first task.
          (await this.query(orderId)))
        : ((await this.lastView(orderId)) ?? (await this.query(orderId)) ?? (await this.notStarted(orderId)));
    if (view) return view;
    throw new ApiProblem(
      'temporal_unavailable',
      'The order is being processed, but neither the order book nor a worker answers at the moment',
    );
  }

  /** @returns undefined when no worker answers in time. */
  async query(orderId: string, withinMs = 1000): Promise<OrderView | undefined> {
    try {
      return await this.within(withinMs, () => this.handle(orderId).query<OrderView>(orderQuery));
    } catch {
      return undefined;
    }
  }

  /**
   * All returns of the order, as their latest run has them; none where there has never been a run.
   *
   * @returns undefined when they cannot be read: no worker answers, or the run could not load the order.
   */
  async returns(orderId: string, withinMs = 1000): Promise<ReturnView[] | undefined> {
    return this.latest<ReturnView[]>(returnsWorkflowId(orderId), withinMs, (run) => run.query(returnsQuery));
  }

  /**
   * The payments of the order that came late and were given back, as their latest run has them; none where there has never been a run.
   *
   * @returns undefined when no worker answers in time.
   */
  async latePayments(orderId: string, withinMs = 1000): Promise<PaymentAttempt[] | undefined> {
    const payments = await this.latest<LatePayment[]>(latePaymentWorkflowId(orderId), withinMs, async (run) => {
      return (await run.query<LatePaymentsPublication>(publicationQuery)).payments;
    });
    return payments?.map(({ id: _, ...attempt }) => attempt);
  }

  /** What the latest run with this id answers: its result, or the answer to a query while it is open. */
  private async latest<Answer extends unknown[]>(
    workflowId: string,
    withinMs: number,
    ask: (run: WorkflowHandle) => Promise<Answer | null>,
  ): Promise<Answer | [] | undefined> {
    const run = this.client.workflow.getHandle(workflowId);
    try {
      const { status } = await this.within(withinMs, () => run.describe());
      const read = (): Promise<Answer | null> =>
        status.name === 'COMPLETED' ? (run.result() as Promise<Answer | null>) : ask(run);
      return (await this.within(withinMs, read)) ?? undefined;
    } catch (error) {
      return error instanceof WorkflowNotFoundError || grpcCode(error) === 5 ? [] : undefined;
    }
  }

  private async notStarted(orderId: string): Promise<OrderView | undefined> {
    const start = await this.orUndefined(2000, () => this.page(orderId, 100));
    // Only the first page is read: a full page may hide a later task.
    if (!start?.events || start.events.length === 100) return undefined;
    const isStarted = start.events.some((event) => Number(event.eventType) === workflowTaskCompleted);
    const input = isStarted ? undefined : await this.input(orderId);
    return input && initialView(input);
  }

  /** The result of a closed run, or the first detail of its failure; undefined where it was ended from outside. */
  private async lastView(orderId: string): Promise<OrderView | undefined> {
    try {
      return await this.within(2000, () => this.handle(orderId).result() as Promise<OrderView>);
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw temporalProblem(error);
      const { cause } = error;
      return cause instanceof ApplicationFailure ? (cause.details?.[0] as OrderView | undefined) : undefined;
    }
  }

  private async page(orderId: string, maximumPageSize: number): Promise<History> {
    const { history } = await this.client.workflowService.getWorkflowExecutionHistory({
      namespace: this.client.options.namespace,
      execution: { workflowId: orderWorkflowId(orderId) },
      maximumPageSize,
    });
    return history ?? {};
  }

  private handle(orderId: string) {
    return this.client.workflow.getHandle(orderWorkflowId(orderId));
  }

  private async orUndefined<T>(withinMs: number, call: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.within(withinMs, call);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError || grpcCode(error) === 5) return undefined;
      throw temporalProblem(error);
    }
  }

  private within<T>(ms: number, call: () => Promise<T>): Promise<T> {
    return this.client.withDeadline(Date.now() + ms, call);
  }
}
