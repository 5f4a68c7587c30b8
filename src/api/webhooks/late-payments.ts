import { Inject, Injectable } from '@nestjs/common';
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
import { LOGGER, TEMPORAL } from '../dependencies.js';
import { acceptedWithinMs, temporalProblem } from '../runs/temporal-problem.js';
import type { TemporalClient } from '../../temporal/connection.js';

/** Money that an order cannot use: a separate run records it and refunds it. */
@Injectable()
export class LatePayments {
  constructor(
    @Inject(TEMPORAL) private readonly client: TemporalClient,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {}

  /** @throws {ApiProblem} while Temporal does not answer; nothing has started then. */
  async refund({ type: _, data: { orderId, ...data }, ...event }: OrderEvent): Promise<void> {
    try {
      await this.client.withDeadline(Date.now() + acceptedWithinMs, () =>
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

  /** Called also where the order's own run starts the refund. */
  count(orderId: string): void {
    this.logger.warn({ orderId }, 'The order cannot use this payment; it is refunded');
    this.metrics.latePayments.inc();
  }
}
