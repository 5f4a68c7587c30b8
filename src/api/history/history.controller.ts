import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { WorkflowNotFoundError, type Client, type Connection } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { z } from 'zod';
import { orderWorkflowId } from '../../../workflows/order/messages.js';
import { Caller, requireOperator, type Principal } from '../auth/principal.js';
import { Documented, IdParam, fromTheRun } from '../docs/documented.js';
import { exampleHistory } from '../docs/examples.js';
import { Links } from '../orders/links.js';
import { orderId } from '../orders/order-id.js';
import { OrderReader } from '../orders/order-reader.js';
import { TEMPORAL } from '../platform.js';
import { ApiProblem } from '../problems/problem.js';
import { temporalProblem } from '../runs/temporal-problem.js';
import { historyJson, type HistoryJson } from './history-json.js';
import { storyOf, type StoryEvent } from './story.js';

export const historyQuery = z.strictObject({ format: z.enum(['temporal']).exactOptional() });

export interface OrderHistory {
  workflowId: string;
  runId: string;
  temporalUi: string;
  events: StoryEvent[];
}

@Controller('v1/orders/:id/history')
export class HistoryController {
  constructor(
    @Inject(TEMPORAL) private readonly client: Client & { connection: Connection },
    @Inject(OrderReader) private readonly reader: OrderReader,
    @Inject(Links) private readonly links: Links,
  ) {}

  /** The story, or with `format=temporal` Temporal's own JSON, which may hold anything that a payload holds. */
  @Get()
  @IdParam()
  @Documented({
    summary: "Read the history of an order's run",
    description:
      "As the order's story, or with format=temporal as Temporal's own JSON, ready to be replayed (operators).",
    query: historyQuery,
    answer: { schema: ['OrderHistory', 'TemporalHistory'], example: exampleHistory },
    problems: [...fromTheRun, 'forbidden'],
  })
  async history(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Query({ schema: historyQuery }) { format }: z.output<typeof historyQuery>,
  ): Promise<OrderHistory | HistoryJson> {
    if (format === 'temporal') requireOperator(caller);
    await this.reader.requireSeen(orderId(id), caller);
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
          "Temporal keeps this order's history no more; the order itself can still be read",
        );
      }
      throw temporalProblem(error);
    }
  }
}
