import { Controller, Get, Inject, Query } from '@nestjs/common';
import { z } from 'zod';
import { id } from '../../../contracts/values.schema.js';
import { Caller, type Principal } from '../auth/principal.js';
import type { OrderBook } from '../book/order-book.js';
import { BOOK } from '../dependencies.js';
import { Documented } from '../docs/documented.js';
import { exampleId } from '../docs/examples.js';
import { groupId, shopOf } from '../orders/book-filter.js';
import { troubleList, type TroubleList } from './trouble.schema.js';

export const troubleQuery = z.strictObject({ shopId: id.exactOptional() });

const example: TroubleList = {
  at: '2026-05-04T09:30:00.000Z',
  items: [
    {
      id: groupId({ kind: 'stuck', step: 'authorizePayment', code: 'service_unavailable', service: 'payment' }),
      kind: 'stuck',
      step: 'authorizePayment',
      failureCode: 'service_unavailable',
      service: 'payment',
      orders: 1,
      since: '2026-05-04T09:00:00.000Z',
      newest: '2026-05-04T09:00:00.000Z',
      atStake: [{ currency: 'EUR', total: 2490 }],
      examples: [exampleId],
    },
  ],
};

@Controller('v1/trouble')
export class TroubleController {
  constructor(@Inject(BOOK) private readonly book: OrderBook) {}

  @Get()
  @Documented({
    summary: 'Stuck and overdue orders, grouped by their cause',
    description:
      'The largest group first. `GET /v1/orders?group=ID` lists the orders of a group. An order is in one group at most.',
    answer: { schema: troubleList, example },
    problems: ['invalid_query', 'forbidden', 'overloaded'],
  })
  async list(
    @Caller() caller: Principal,
    @Query({ schema: troubleQuery }) { shopId }: z.output<typeof troubleQuery>,
  ): Promise<TroubleList> {
    const { items } = await this.book.trouble(shopOf(shopId, caller));
    return {
      at: new Date().toISOString(),
      items: items.map(({ code, service, ...group }) => ({
        id: groupId({ code, service, ...group }),
        ...group,
        failureCode: code === '' ? null : code,
        service: service === '' ? null : service,
      })),
    };
  }
}
