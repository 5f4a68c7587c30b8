import { Inject, Injectable } from '@nestjs/common';
import type { Lane, Limits } from '../limits.js';
import { LIMITS } from '../platform.js';
import { ApiProblem } from '../problems/problem.js';
import { notProcessedYet } from './temporal-problem.js';

/** Messages to one run. */
interface Line {
  busy: number;
  waiting: (() => void)[];
}

/**
 * Admits messages to a run: a few at once, a few more in a line behind them, and the rest are turned away before they cost anything.
 * A cancel and what an operator sends have places of their own, so they get through when a sender floods the order.
 */
@Injectable()
export class Admission {
  private readonly lines = new Map<string, Line>();

  constructor(@Inject(LIMITS) private readonly limits: Limits) {}

  /**
   * @param to names the run, and whoever must not be in the way of others.
   * @throws {ApiProblem} overloaded when too many are there already; not_processed_yet when the time is over; what `send` throws.
   */
  async admit<Answer>(lane: Lane, to: string, send: () => Promise<Answer>): Promise<Answer> {
    const { answerMs } = this.limits;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(notProcessedYet(undefined)), answerMs);
    });
    try {
      return await Promise.race([this.inLine(lane, to, send), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async inLine<Answer>(lane: Lane, to: string, send: () => Promise<Answer>): Promise<Answer> {
    const { atOnce, waiting } = this.limits.lanes[lane];
    const name = `${lane} ${to}`;
    const line = this.lines.get(name) ?? { busy: 0, waiting: [] };
    this.lines.set(name, line);
    const deadline = Date.now() + this.limits.answerMs;
    if (line.busy < atOnce) line.busy += 1;
    else if (line.waiting.length < waiting) await new Promise<void>((resolve) => line.waiting.push(resolve));
    else throw new ApiProblem('overloaded', 'Too many messages to this order are under way; send this one again later');
    try {
      // It has been answered while it waited for its turn.
      if (Date.now() >= deadline) throw notProcessedYet(undefined);
      return await send();
    } finally {
      const next = line.waiting.shift();
      if (next) next();
      else line.busy -= 1;
      if (line.busy === 0) this.lines.delete(name);
    }
  }
}
