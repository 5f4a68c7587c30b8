import { Controller, Get, Headers, Inject, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { defined } from '../../../contracts/defined.js';
import type { OrderView } from '../../../contracts/order.js';
import { isEnded } from '../../../contracts/statuses.js';
import { Caller, type Principal } from '../auth/principal.js';
import { Documented, IdParam, runProblems } from '../docs/documented.js';
import { exampleView } from '../docs/examples.js';
import { BaseUrl } from '../http/base-url.js';
import { Links } from '../orders/links.js';
import { orderId } from '../orders/order-id.js';
import { OrderReader } from '../orders/order-reader.js';
import { ChangeFeed } from './change-feed.js';
import { orderEvents, type StreamOptions } from './order-events.js';
import { eventNumber, sendEvents } from './send-events.js';
import { Streams } from './streams.js';

@Controller('v1')
export class EventsController {
  constructor(
    @Inject(ChangeFeed) private readonly feed: ChangeFeed,
    @Inject(OrderReader) private readonly reader: OrderReader,
    @Inject(Links) private readonly links: Links,
    @Inject(Streams) private readonly streams: Streams,
  ) {}

  @Get('orders/:id/events')
  @IdParam()
  @Documented({
    summary: 'Watch an order (server-sent events)',
    description:
      'The order as it is, then as it changes: `event: order`, `id:` a position, `data:` the OrderView. A comment line every 15 s. Closes when the order has ended and no step is pending or running; 204 when a client that resumes has seen everything.',
    headers: [{ name: 'Last-Event-ID', description: 'The id of the last event that the client received' }],
    answer: { type: 'text/event-stream', example: `event: order\nid: 17\ndata: ${JSON.stringify(exampleView)}\n\n` },
    statuses: [200, 204],
    problems: [...runProblems, 'rate_limited'],
  })
  async ofOrder(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Headers('last-event-id') lastEventId: string | undefined,
    @BaseUrl() base: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const seen = eventNumber(lastEventId);
    const leave = await this.enter(caller);
    try {
      const found = await this.reader.find(orderId(id), caller);
      const isNew = seen === undefined || seen < found.change || found.change === 0;
      if (!isNew && isSettled(found.view)) {
        // Tells an EventSource not to reconnect.
        await reply.code(204).send();
        return leave();
      }
      this.stream(reply, leave, {
        scope: { orderId: id },
        after: found.change,
        ...defined({ current: isNew ? found : undefined }),
        again: () => this.reader.find(id, caller),
        render: (view) => this.links.add(view, base),
        isOver: isSettled,
      });
    } catch (error) {
      leave();
      throw error;
    }
  }

  @Get('events')
  @Documented({
    summary: 'Watch all orders that the key may see (server-sent events)',
    description:
      'From Last-Event-ID on (0: everything), or from now on. A slow reader gets the newest state, not every state.',
    headers: [{ name: 'Last-Event-ID', description: 'The id of the last event that the client received' }],
    answer: { type: 'text/event-stream', example: `event: order\nid: 17\ndata: ${JSON.stringify(exampleView)}\n\n` },
    problems: ['overloaded', 'rate_limited'],
  })
  async ofAll(
    @Caller() caller: Principal,
    @Headers('last-event-id') lastEventId: string | undefined,
    @BaseUrl() base: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { shopId } = caller;
    const leave = await this.enter(caller);
    this.stream(reply, leave, {
      scope: shopId === '*' ? {} : { shopId },
      after: Math.min(eventNumber(lastEventId) ?? this.feed.head, this.feed.head),
      render: (view) => this.links.add(view, base),
      isOver: () => false,
    });
  }

  /** Opens a stream. @returns a function that closes it. */
  private async enter(caller: Principal): Promise<() => void> {
    const closeStream = this.streams.enter(caller);
    try {
      const leave = await this.feed.join();
      return () => {
        leave();
        closeStream();
      };
    } catch (error) {
      closeStream();
      throw error;
    }
  }

  private stream(reply: FastifyReply, leave: () => void, options: Omit<StreamOptions, 'feed' | 'signal'>): void {
    const events = (signal: AbortSignal) => orderEvents({ ...options, feed: this.feed, signal });
    sendEvents(reply, { streams: this.streams, closed: this.feed.closed, events, leave });
  }
}

function isSettled({ status, steps }: OrderView): boolean {
  return isEnded(status) && !steps.some(({ state }) => state === 'pending' || state === 'running');
}
