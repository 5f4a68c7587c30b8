import { Inject, Injectable } from '@nestjs/common';
import type { Client, Connection } from '@temporalio/client';
import type { Logger } from 'pino';
import {
  latePaymentSignal,
  latePaymentWorkflowId,
  latePaymentWorkflowType,
  type LatePaymentInput,
} from '../../../workflows/late-payment/messages.js';
import { ordersTaskQueue } from '../../../workflows/temporal/protocol.js';
import { type News, type OrderEvent } from '../../../workflows/events.js';
import { Metrics } from '../metrics/metrics.js';
import { LOGGER, TEMPORAL } from '../platform.js';
import { temporalProblem } from '../runs/temporal-problem.js';

/** Money for an order that has ended: a run of its own records it and gives it back. */
@Injectable()
export class LatePayments {
  constructor(
    @Inject(TEMPORAL) private readonly client: Client & { connection: Connection },
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {}

  /** @throws {ApiProblem} while Temporal does not answer; nothing is begun then. */
  async giveBack({ type: _, data: { orderId, ...data }, ...event }: OrderEvent): Promise<void> {
    try {
      await this.client.withDeadline(Date.now() + 5000, () =>
        this.client.workflow.signalWithStart<(input: LatePaymentInput) => Promise<unknown>, [News]>(
          latePaymentWorkflowType,
          {
            workflowId: latePaymentWorkflowId(orderId),
            taskQueue: ordersTaskQueue,
            args: [{ orderId, payments: [] }],
            workflowIdReusePolicy: 'ALLOW_DUPLICATE',
            workflowIdConflictPolicy: 'USE_EXISTING',
            signal: latePaymentSignal.name,
            signalArgs: [{ ...event, data }],
            staticSummary: `late payments of ${orderId}`,
          },
        ),
      );
    } catch (error) {
      throw temporalProblem(error);
    }
    this.count(orderId);
  }

  /** Also where the order's own run hands it on. */
  count(orderId: string): void {
    this.logger.warn({ orderId }, 'Money came that the order cannot use; it is given back');
    this.metrics.latePayments.inc();
  }
}
