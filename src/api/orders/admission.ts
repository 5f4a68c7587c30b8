import { Inject, Injectable } from '@nestjs/common';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { ordersTaskQueue } from '../../../workflows/temporal/protocol.js';
import type { TemporalClient } from '../../temporal/connection.js';
import { LIMITS, TEMPORAL } from '../dependencies.js';
import type { Limits } from '../limits.js';
import { ApiProblem } from '../problems/problem.js';

/** A figure is asked for again after this time, in the background. Temporal itself counts a queue every few seconds. */
const knownMs = 2_000;
const withinMs = 1_000;
/** A worker asks for work at least once a minute. */
const seenWithinMs = 75_000;
/** temporal.api.enums.v1.TaskQueueType. */
const workflowTasks = 1;
const retryAfterS = { least: 2, most: 60 };

interface Queue {
  waiting: number;
  /** Tasks that the workers take a second. */
  perSecond: number;
  isWorkedOn: boolean;
}

/**
 * Bounds the orders that wait for a worker. Above the bound, a shop may place an order only while few of its own orders are waiting, so a
 * shop that floods the system stops itself alone. Without a worker there is no bound: orders are accepted, and wait for it to come back.
 */
@Injectable()
export class Admission {
  private readonly queue = new LastKnown(() => this.readQueue());
  private readonly shops = new Map<string, LastKnown<number>>();

  constructor(
    @Inject(TEMPORAL) private readonly client: TemporalClient,
    @Inject(LIMITS) private readonly limits: Limits,
  ) {}

  /** @throws {ApiProblem} overloaded */
  async requireRoom(shopId: string): Promise<void> {
    const { all, ofAShop } = this.limits.waitingOrders;
    const queue = this.queue.get();
    if (!queue?.isWorkedOn || queue.waiting <= all) return this.shops.clear();
    const known = this.shops.get(shopId) ?? new LastKnown(() => this.countPlaced(shopId));
    this.shops.set(shopId, known);
    if (((await known.first()) ?? 0) <= ofAShop) return;
    const seconds = Math.ceil((queue.waiting - all) / Math.max(queue.perSecond, 1));
    throw new ApiProblem(
      'overloaded',
      'Too many orders wait to be processed. This one was not placed: send it again later, with the same Idempotency-Key',
      {},
      { retryAfterS: Math.min(Math.max(seconds, retryAfterS.least), retryAfterS.most) },
    );
  }

  private async readQueue(): Promise<Queue> {
    const { pollers, stats } = await this.client.withDeadline(Date.now() + withinMs, () =>
      this.client.workflowService.describeTaskQueue({
        namespace: this.client.options.namespace,
        taskQueue: { name: ordersTaskQueue },
        taskQueueType: workflowTasks,
        reportStats: true,
      }),
    );
    const since = Date.now() - seenWithinMs;
    return {
      waiting: Number(stats?.approximateBacklogCount ?? 0),
      perSecond: stats?.tasksDispatchRate ?? 0,
      isWorkedOn: (pollers ?? []).some(({ lastAccessTime }) => lastAccessTime && tsToMs(lastAccessTime) >= since),
    };
  }

  /** @param shopId has no characters that a query would have to quote. */
  private async countPlaced(shopId: string): Promise<number> {
    const query = `ShopId = '${shopId}' AND OrderStatus = 'placed' AND ExecutionStatus = 'Running'`;
    const { count } = await this.client.withDeadline(Date.now() + withinMs, () => this.client.workflow.count(query));
    return count;
  }
}

/** A figure that is never waited for, except for the first time. */
class LastKnown<Figure> {
  private figure: Figure | undefined;
  private askedAt = -Infinity;
  private asking: Promise<void> = Promise.resolve();

  constructor(private readonly ask: () => Promise<Figure>) {}

  /** @returns undefined until it has been read for the first time. */
  get(): Figure | undefined {
    const now = performance.now();
    if (now - this.askedAt >= knownMs) {
      this.askedAt = now;
      // An overloaded Temporal may not answer. Then the last figure counts.
      this.asking = this.ask().then(
        (figure) => void (this.figure = figure),
        () => undefined,
      );
    }
    return this.figure;
  }

  async first(): Promise<Figure | undefined> {
    const known = this.get();
    if (known !== undefined) return known;
    await this.asking;
    return this.figure;
  }
}
