import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { LIMITS, LOGGER } from '../dependencies.js';
import type { Limits } from '../limits.js';
import { OrderRuns } from '../runs/order-runs.js';

/** The number of runs whose counts are kept. */
const mostRuns = 10_000;

/**
 * Keeps events from growing a run's history until Temporal terminates the run. A run cannot refuse a Signal, so the API drops events once
 * the history is too large.
 */
@Injectable()
export class HistoryBound {
  private readonly sent = new Map<string, number>();

  constructor(
    @Inject(LIMITS) private readonly limits: Limits,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(OrderRuns) private readonly runs: OrderRuns,
  ) {}

  /** Counts an event to the run. @returns whether it may be sent. */
  async allows(workflowId: string): Promise<boolean> {
    const { unchecked, events, bytes } = this.limits.history;
    if (this.count(workflowId) <= unchecked) return true;
    const size = await this.runs.historySize(workflowId);
    if (!size || (size.events < events && size.bytes < bytes)) return true;
    this.logger.warn({ workflowId, ...size }, 'Event dropped: the history of its run is too large');
    return false;
  }

  private count(workflowId: string): number {
    const count = (this.sent.get(workflowId) ?? 0) + 1;
    this.sent.delete(workflowId);
    this.sent.set(workflowId, count);
    if (this.sent.size > mostRuns) this.sent.delete(this.sent.keys().next().value!);
    return count;
  }
}
