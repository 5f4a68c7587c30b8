import { Inject, Injectable } from '@nestjs/common';
import type { OrderView } from '../../../contracts/order.js';
import { ordersTaskQueue, workflowTaskTimeout } from '../../../workflows/temporal/protocol.js';
import {
  settleWorkflowId,
  settleWorkflowType,
  type CommandBodies,
  type SettleInput,
} from '../../../workflows/order/messages.js';
import type { OrderBook } from '../book/order-book.js';
import { BOOK, TEMPORAL } from '../dependencies.js';
import { ApiProblem } from '../problems/problem.js';
import { OrderRuns } from '../runs/order-runs.js';
import { acceptedWithinMs, temporalProblem } from '../runs/temporal-problem.js';
import type { TemporalClient } from '../../temporal/connection.js';

/** Ends orders whose runs were ended from outside and accept no more commands. */
@Injectable()
export class Settling {
  constructor(
    @Inject(TEMPORAL) private readonly client: TemporalClient,
    @Inject(BOOK) private readonly book: OrderBook,
    @Inject(OrderRuns) private readonly runs: OrderRuns,
  ) {}

  /**
   * Starts the run that settles the order, unless it is open already.
   *
   * @throws {ApiProblem} wrong_status for retry and skip, which need the order's own run; unknown_step.
   */
  async resolve(view: OrderView, { action, step }: CommandBodies['resolve']): Promise<void> {
    if (!view.steps.some(({ id }) => id === step)) throw refused(view, 'unknown_step', `The order has no step ${step}`);
    if (action !== 'abandon') {
      throw refused(view, 'wrong_status', "The order's run was ended from outside. The order can only be abandoned");
    }
    const fingerprint = await this.fingerprintOf(view.id);
    const input: SettleInput = { view, fingerprint };
    try {
      await this.client.withDeadline(Date.now() + acceptedWithinMs, () =>
        this.client.workflow.start(settleWorkflowType, {
          workflowId: settleWorkflowId(view.id),
          taskQueue: ordersTaskQueue,
          args: [input],
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowTaskTimeout,
          memo: { fingerprint },
          staticSummary: `settles ${view.id}`,
          priority: { fairnessKey: view.shopId },
        }),
      );
    } catch (error) {
      throw temporalProblem(error);
    }
  }

  private async fingerprintOf(orderId: string): Promise<string> {
    const { entry } = await this.book.lookUp(orderId);
    if (entry) return entry.fingerprint;
    return String((await this.runs.describe(orderId))?.memo?.fingerprint);
  }
}

/** The order's run was ended from outside, so the order refuses the command. */
export function refused(view: OrderView, code: 'wrong_status' | 'unknown_step', detail: string): ApiProblem {
  return new ApiProblem(code, detail, { orderStatus: view.status, possible: view.possible });
}
