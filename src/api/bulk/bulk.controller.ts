import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { BulkOrder, StoredBulk } from '../../../contracts/bulk.schema.js';
import { Caller, OperatorOnly, type Principal } from '../auth/principal.js';
import type { OrderBook } from '../book/order-book.js';
import { BOOK } from '../dependencies.js';
import { Documented } from '../docs/documented.js';
import { exampleId } from '../docs/examples.js';
import { ChangeFeed } from '../events/change-feed.js';
import { eventNumber, sendEvents } from '../events/send-events.js';
import { Streams } from '../events/streams.js';
import { BaseUrl } from '../http/base-url.js';
import { IdempotencyKey } from '../http/idempotency-key.js';
import { bulkEvents } from './bulk-events.js';
import {
  bulk,
  bulkList,
  bulkOrders,
  bulkOrdersQuery,
  bulkQuery,
  createBulk,
  emptyBody,
  type Bulk,
  type CreateBulk,
} from './bulk.schema.js';
import { Bulks } from './bulks.js';

const BulkId = () => ApiParam({ name: 'bulkId', description: "The bulk's id", schema: { type: 'string' } });

/** One command for many orders: chosen by their ids or by a filter, frozen when the bulk is created, and sent by a run of its own. */
@Controller('v1/bulk')
@OperatorOnly()
export class BulkController {
  constructor(
    @Inject(Bulks) private readonly bulks: Bulks,
    @Inject(BOOK) private readonly book: OrderBook,
    @Inject(ChangeFeed) private readonly feed: ChangeFeed,
    @Inject(Streams) private readonly streams: Streams,
  ) {}

  @Post()
  @Documented({
    summary: 'Send one command to many orders',
    description:
      'For operators. Selects the orders once: later ones are never touched. With `dryRun` only a draft is stored; `orders` lists what it would touch and what not, and why, and `start` confirms it. 201 with the new bulk; the same key and body again: 200 with the same bulk. A draft is removed after a day.',
    idempotencyKey: 'required',
    bodyExample: {
      select: { filter: { trouble: 'stuck', failureCode: 'service_unavailable' } },
      command: { action: 'retry' },
      dryRun: true,
    },
    answer: { schema: bulk },
    statuses: [201, 200],
    problems: [
      'forbidden',
      'idempotency_key_required',
      'idempotency_key_reused',
      'invalid_query',
      'temporal_unavailable',
      'overloaded',
      'not_processed_yet',
    ],
  })
  async create(
    @Caller() caller: Principal,
    @IdempotencyKey('required') key: string,
    @Body({ schema: createBulk }) body: CreateBulk,
    @BaseUrl() base: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Bulk> {
    const created = await this.bulks.create(caller, key, body);
    const shown = this.bulks.shown(created.bulk, base);
    void reply.code(created.isNew ? 201 : 200).header('location', shown.links.self);
    return shown;
  }

  @Get()
  @Documented({
    summary: 'List bulks, newest first',
    answer: { schema: bulkList },
    problems: ['forbidden', 'invalid_query', 'invalid_cursor', 'overloaded'],
  })
  async list(
    @Caller() caller: Principal,
    @Query({ schema: bulkQuery }) query: z.output<typeof bulkQuery>,
    @BaseUrl() base: string,
  ): Promise<{ items: Bulk[]; nextCursor: string | null }> {
    const { items, nextCursor } = await this.bulks.list(caller, query);
    return { items: items.map((each) => this.bulks.shown(each, base)), nextCursor };
  }

  @Get(':bulkId')
  @BulkId()
  @Documented({
    summary: 'Read a bulk',
    answer: { schema: bulk },
    problems: ['forbidden', 'not_found', 'overloaded'],
  })
  async get(@Caller() caller: Principal, @Param('bulkId') bulkId: string, @BaseUrl() base: string): Promise<Bulk> {
    return this.bulks.shown(await this.bulks.get(caller, bulkId), base);
  }

  @Get(':bulkId/orders')
  @BulkId()
  @Documented({
    summary: 'List the orders of a bulk, with what it does or did to each',
    answer: { schema: bulkOrders, example: { items: [{ orderId: exampleId, result: 'pending' }], nextCursor: null } },
    problems: ['forbidden', 'not_found', 'invalid_query', 'invalid_cursor', 'overloaded'],
  })
  orders(
    @Caller() caller: Principal,
    @Param('bulkId') bulkId: string,
    @Query({ schema: bulkOrdersQuery }) query: z.output<typeof bulkOrdersQuery>,
  ): Promise<{ items: BulkOrder[]; nextCursor: string | null }> {
    return this.bulks.orders(caller, bulkId, query);
  }

  @Post(':bulkId/start')
  @HttpCode(200)
  @BulkId()
  @Documented({
    summary: 'Confirm a draft, or go on with a bulk',
    description: 'Orders that could not be asked before are asked again.',
    bodyExample: {},
    answer: { schema: bulk },
    problems: ['forbidden', 'not_found', 'temporal_unavailable', 'overloaded', 'not_processed_yet'],
  })
  async start(
    @Caller() caller: Principal,
    @Param('bulkId') bulkId: string,
    @Body({ schema: emptyBody }) _: object,
    @BaseUrl() base: string,
  ): Promise<Bulk> {
    return this.bulks.shown(await this.bulks.start(caller, bulkId), base);
  }

  @Post(':bulkId/stop')
  @HttpCode(200)
  @BulkId()
  @Documented({
    summary: 'Stop a bulk',
    description: 'Within some seconds. What is sent is sent.',
    bodyExample: {},
    answer: { schema: bulk },
    problems: ['forbidden', 'not_found', 'overloaded'],
  })
  async stop(
    @Caller() caller: Principal,
    @Param('bulkId') bulkId: string,
    @Body({ schema: emptyBody }) _: object,
    @BaseUrl() base: string,
  ): Promise<Bulk> {
    return this.bulks.shown(await this.bulks.stop(caller, bulkId), base);
  }

  @Get(':bulkId/events')
  @BulkId()
  @Documented({
    summary: 'Watch a bulk (server-sent events)',
    description:
      '`event: bulk` with the Bulk, at first and at each change; `event: result` with each BulkOrder that has a result, from Last-Event-ID on or from now on. A comment line every 15 s. Closes when the bulk is done; 204 when a client resumes after that.',
    headers: [{ name: 'Last-Event-ID', description: 'The id of the last event that the client received' }],
    answer: { type: 'text/event-stream', example: 'event: bulk\ndata: {}\n\n' },
    statuses: [200, 204],
    problems: ['forbidden', 'not_found', 'rate_limited', 'overloaded'],
  })
  async events(
    @Caller() caller: Principal,
    @Param('bulkId') bulkId: string,
    @Headers('last-event-id') lastEventId: string | undefined,
    @BaseUrl() base: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const after = eventNumber(lastEventId);
    const read = (): Promise<StoredBulk> => this.bulks.get(caller, bulkId);
    const leave = this.streams.enter(caller);
    try {
      const { state } = await read();
      const isOver = after !== undefined && state === 'done' && (await this.isLast(bulkId, after));
      if (isOver) {
        // Tells an EventSource not to reconnect.
        await reply.code(204).send();
        return leave();
      }
    } catch (error) {
      leave();
      throw error;
    }
    const render = (each: StoredBulk) => this.bulks.shown(each, base);
    const events = (signal: AbortSignal) => bulkEvents({ book: this.book, bulkId, after, read, render, signal });
    sendEvents(reply, { streams: this.streams, closed: this.feed.closed, events, leave });
  }

  /** Whether no result came after this one. */
  private async isLast(bulkId: string, after: number): Promise<boolean> {
    const { items } = await this.book.desk.listBulkResults({ params: { bulkId }, query: { after, limit: 1 } });
    return items.length === 0;
  }
}
