import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Limits } from '../limits.js';
import { LIMITS, LOGGER } from '../platform.js';
import { OrderRuns } from '../runs/order-runs.js';

/** So many runs are remembered; one that is forgotten is counted anew. */
const remembered = 10_000;

/**
 * Keeps news from growing a run's history until Temporal ends the run. A run cannot refuse a Signal, so a sender without end is
 * stopped here: after many messages to one run, by the size of its history.
 */
@Injectable()
export class NewsBound {
  private readonly handed = new Map<string, number>();

  constructor(
    @Inject(LIMITS) private readonly limits: Limits,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(OrderRuns) private readonly runs: OrderRuns,
  ) {}

  /** Counts one more for the run. @returns whether it may be handed on. */
  async takes(workflowId: string): Promise<boolean> {
    const { unchecked, historyEvents, historyBytes } = this.limits.news;
    if (this.count(workflowId) <= unchecked) return true;
    const size = await this.runs.historySize(workflowId);
    if (!size || (size.events < historyEvents && size.bytes < historyBytes)) return true;
    this.logger.warn({ workflowId, ...size }, 'News is dropped: the history of its run has grown too large');
    return false;
  }

  private count(workflowId: string): number {
    const count = (this.handed.get(workflowId) ?? 0) + 1;
    this.handed.delete(workflowId);
    this.handed.set(workflowId, count);
    if (this.handed.size > remembered) this.handed.delete(this.handed.keys().next().value!);
    return count;
  }
}
