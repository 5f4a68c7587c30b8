import { Body, Controller, Get, Inject, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { PlaceOrder } from '../../../contracts/order.js';
import { placeOrder } from '../../../contracts/order.schema.js';
import { orderList, orderView } from '../../../contracts/view.schema.js';
import { Caller, type Principal } from '../auth/principal.js';
import type { Counts, OrderBook } from '../book/order-book.js';
import { Documented, IdParam, runProblems } from '../docs/documented.js';
import { exampleOrder, exampleView } from '../docs/examples.js';
import { BaseUrl } from '../http/base-url.js';
import { IdempotencyKey } from '../http/idempotency-key.js';
import { BOOK } from '../dependencies.js';
import { ApiProblem } from '../problems/problem.js';
import { Links, type LinkedView } from './links.js';
import { bookFilter } from './book-filter.js';
import { countQuery, listQuery, type ListFilter } from './list-query.js';
import { orderId } from './order-id.js';
import { OrderReader } from './order-reader.js';
import { Placing } from './placing.js';
import { orderCounts } from '../trouble/trouble.schema.js';

@Controller('v1/orders')
export class OrdersController {
  constructor(
    @Inject(Placing) private readonly placing: Placing,
    @Inject(OrderReader) private readonly reader: OrderReader,
    @Inject(BOOK) private readonly book: OrderBook,
    @Inject(Links) private readonly links: Links,
  ) {}

  @Post()
  @Documented({
    summary: 'Place an order',
    description:
      'Needs only Temporal: no worker, no order book. 201 with the new order; the same key and body again: 200 with the same order.',
    idempotencyKey: 'required',
    bodyExample: exampleOrder,
    answer: { schema: orderView, example: exampleView },
    statuses: [201, 200],
    problems: [
      'idempotency_key_required',
      'idempotency_key_reused',
      'forbidden',
      'rate_limited',
      'temporal_unavailable',
      'overloaded',
    ],
  })
  async place(
    @Caller() caller: Principal,
    @IdempotencyKey('required') key: string,
    @Body({ schema: placeOrder }) order: PlaceOrder,
    @BaseUrl() base: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LinkedView> {
    if (caller.shopId === '*') {
      throw new ApiProblem(
        'forbidden',
        'An order belongs to one shop. Place it with a key of that shop, not with a key for all shops',
      );
    }
    const { view, created, runId } = await this.placing.place(caller.shopId, key, order);
    const linked = this.links.add(view, base, runId);
    void reply.code(created ? 201 : 200).header('location', linked.links.self);
    return linked;
  }

  @Get()
  @Documented({
    summary: 'List orders, newest first',
    description:
      'The orders of the shop of the key that match every filter; with a key for all shops, of all shops. A page of large orders has fewer than `limit`: nextCursor says whether there are more.',
    answer: { schema: orderList, example: { items: [exampleView], nextCursor: null } },
    problems: ['invalid_query', 'invalid_cursor', 'forbidden', 'overloaded'],
  })
  async list(
    @Caller() caller: Principal,
    @Query({ schema: listQuery }) filter: ListFilter,
    @BaseUrl() base: string,
  ): Promise<{ items: LinkedView[]; nextCursor: string | null }> {
    const { limit, cursor, ...rest } = filter;
    const page = await this.book.list({ ...bookFilter(rest, caller), limit, cursor });
    return { ...page, items: page.items.map((view) => this.links.add(view, base)) };
  }

  @Get('counts')
  @Documented({
    summary: 'Count orders by status',
    description:
      'The orders that the list with the same filters has. With few filters the numbers can be lower bounds: see `exact`.',
    answer: { schema: orderCounts },
    problems: ['invalid_query', 'forbidden', 'overloaded'],
  })
  counts(
    @Caller() caller: Principal,
    @Query({ schema: countQuery }) filter: z.output<typeof countQuery>,
  ): Promise<Counts> {
    return this.book.counts(bookFilter(filter, caller));
  }

  @Get(':id')
  @IdParam()
  @Documented({
    summary: 'Read an order',
    description: 'The attempts of a step in progress are live.',
    answer: { schema: orderView, example: exampleView },
    problems: runProblems,
  })
  async get(@Caller() caller: Principal, @Param('id') id: string, @BaseUrl() base: string): Promise<LinkedView> {
    return this.links.add(await this.reader.findLive(orderId(id), caller), base);
  }
}
