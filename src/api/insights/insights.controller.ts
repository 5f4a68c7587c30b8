import { Controller, Get, Inject, Query } from '@nestjs/common';
import type { z } from 'zod';
import { defined } from '../../../contracts/defined.js';
import { Caller, OperatorOnly, type Principal } from '../auth/principal.js';
import { unreachable, type OrderBook } from '../book/order-book.js';
import { BOOK } from '../dependencies.js';
import { Documented } from '../docs/documented.js';
import { ApiProblem } from '../problems/problem.js';
import { insightsOf, overviewOf, stepsOf, wholeHours } from './insights.js';
import {
  insights,
  insightsQuery,
  overview,
  overviewQuery,
  type Insights,
  type Overview,
  type Range,
} from './insights.schema.js';

/** Figures over all orders. They are for operators with a key for all shops: they say what other shops sell. */
@Controller('v1')
@OperatorOnly()
export class InsightsController {
  constructor(@Inject(BOOK) private readonly book: OrderBook) {}

  @Get('insights')
  @Documented({
    summary: 'How long the steps of a process took',
    description:
      'Of the orders that ended from one time to another; whole hours, the last 24 by default. For operators with a key for all shops. Only orders are measured, returns are not.',
    answer: { schema: insights },
    problems: ['forbidden', 'invalid_query', 'not_found', 'overloaded'],
  })
  async insights(
    @Caller() caller: Principal,
    @Query({ schema: insightsQuery }) { process, version, ...range }: z.output<typeof insightsQuery>,
  ): Promise<Insights> {
    requireAllShops(caller);
    stepsOf(process);
    const query = { process, ...defined({ version }), ...wholeHours(range) };
    return insightsOf(await this.measured(query), query);
  }

  @Get('overview')
  @Documented({
    summary: 'How the orders do: how many come, where they are, how they end',
    description: 'For operators with a key for all shops.',
    answer: { schema: overview },
    problems: ['forbidden', 'invalid_query', 'overloaded'],
  })
  async overview(@Caller() caller: Principal, @Query({ schema: overviewQuery }) range: Range): Promise<Overview> {
    requireAllShops(caller);
    const hours = wholeHours(range);
    const [found, subjects, { byStatus }] = await Promise.all([
      this.book.desk.getOverview({ timeoutMs: 5000 }).catch((error: unknown) => {
        throw unreachable(error);
      }),
      this.measured({ process: 'order', ...hours }),
      this.book.stats(5000),
    ]);
    return overviewOf(found, subjects, byStatus, hours);
  }

  private async measured(query: { process: string; version?: number; from: string; to: string }) {
    try {
      return (await this.book.desk.getInsights({ query, timeoutMs: 10_000 })).subjects;
    } catch (error) {
      throw unreachable(error);
    }
  }
}

function requireAllShops({ shopId }: Principal): void {
  if (shopId !== '*') throw new ApiProblem('forbidden', 'This needs a key of role operator for all shops');
}
