import { Inject, Injectable } from '@nestjs/common';
import { LIMITS } from '../dependencies.js';
import type { Lane, Limits } from '../limits.js';
import { ApiProblem } from '../problems/problem.js';
import { notProcessedYet } from './temporal-problem.js';

interface Queue {
  busy: number;
  waiting: (() => void)[];
}

/**
 * Limits the messages to a run: a few are sent at once, a few more wait, and the rest are rejected before they cost anything. A cancel and
 * an operator's commands have a lane of their own, so they get through when a sender floods the order.
 */
@Injectable()
export class MessageQueue {
  private readonly queues = new Map<string, Queue>();

  constructor(@Inject(LIMITS) private readonly limits: Pick<Limits, 'lanes' | 'answerMs'>) {}

  /**
   * @param name names the queue: the run, and the sender where senders must not hold each other up.
   * @throws {ApiProblem} overloaded when the queue is full; not_processed_yet after `answerMs`; whatever `send` throws.
   */
  async send<Answer>(lane: Lane, name: string, send: () => Promise<Answer>): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(notProcessedYet()), this.limits.answerMs);
    });
    try {
      return await Promise.race([this.sendInTurn(lane, name, send), timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async sendInTurn<Answer>(lane: Lane, name: string, send: () => Promise<Answer>): Promise<Answer> {
    const { atOnce, waiting } = this.limits.lanes[lane];
    const id = `${lane} ${name}`;
    const queue = this.queues.get(id) ?? { busy: 0, waiting: [] };
    this.queues.set(id, queue);
    const deadline = Date.now() + this.limits.answerMs;
    if (queue.busy < atOnce) queue.busy += 1;
    else if (queue.waiting.length < waiting) await new Promise<void>((resolve) => queue.waiting.push(resolve));
    else {
      throw new ApiProblem('overloaded', 'Too many messages to this order are in progress. Send this one again later');
    }
    try {
      // The caller has its answer already: the message must not be sent any more.
      if (Date.now() >= deadline) throw notProcessedYet();
      return await send();
    } finally {
      const next = queue.waiting.shift();
      if (next) next();
      else queue.busy -= 1;
      if (queue.busy === 0) this.queues.delete(id);
    }
  }
}
