import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { z } from 'zod';
import { orderWorkflowId } from '../../../workflows/order/messages.js';
import { Caller, requireOperator, type Principal } from '../auth/principal.js';
import { Documented, IdParam, runProblems } from '../docs/documented.js';
import { exampleHistory } from '../docs/examples.js';
import { Links } from '../orders/links.js';
import { orderId } from '../orders/order-id.js';
import { OrderReader } from '../orders/order-reader.js';
import { TEMPORAL } from '../dependencies.js';
import { ApiProblem } from '../problems/problem.js';
import { temporalProblem } from '../runs/temporal-problem.js';
import { historyJson, orderHistory, storyOf, temporalHistory, type HistoryJson } from './story.js';
import type { TemporalClient } from '../../temporal/connection.js';

export const historyQuery = z.strictObject({ format: z.enum(['temporal']).exactOptional() });

@Controller('v1/orders/:id/history')
export class HistoryController {
  constructor(
    @Inject(TEMPORAL) private readonly client: TemporalClient,
    @Inject(OrderReader) private readonly reader: OrderReader,
    @Inject(Links) private readonly links: Links,
  ) {}

  /** Only operators may read Temporal's JSON: it contains whole payloads. */
  @Get()
  @IdParam()
  @Documented({
    summary: "Read the history of an order's run",
    description:
      "The events that describe the order; or with format=temporal (for operators) Temporal's own JSON, ready for a replay.",
    answer: { schema: [orderHistory, temporalHistory], example: exampleHistory },
    problems: [...runProblems, 'invalid_query', 'forbidden'],
  })
  async history(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Query({ schema: historyQuery }) { format }: z.output<typeof historyQuery>,
  ): Promise<z.infer<typeof orderHistory> | HistoryJson> {
    if (format === 'temporal') requireOperator(caller);
    await this.reader.requireVisible(orderId(id), caller);
    const { history, runId } = await this.fetch(id);
    if (format === 'temporal') return historyJson(history);
    const workflowId = orderWorkflowId(id);
    return {
      workflowId,
      runId,
      temporalUi: this.links.temporalUi(workflowId, runId),
      events: await storyOf(history, id, this.client.options.loadedDataConverter),
    };
  }

  private async fetch(id: string): Promise<{ history: History; runId: string }> {
    const run = this.client.workflow.getHandle(orderWorkflowId(id));
    try {
      const [history, { runId }] = await this.client.withDeadline(Date.now() + 10_000, () =>
        Promise.all([run.fetchHistory(), run.describe()]),
      );
      return { history, runId };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) {
        throw new ApiProblem(
          'not_found',
          "Temporal no longer has this order's history. The order itself can still be read",
        );
      }
      throw temporalProblem(error);
    }
  }
}
