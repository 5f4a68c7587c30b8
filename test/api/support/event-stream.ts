import { defined } from '../../../contracts/defined.js';
import type { OrderView } from '../../../contracts/order.js';

export interface OrderEvent {
  id: string;
  view: OrderView;
}

/** Reads server-sent events as an EventSource does. */
export class EventStream {
  lastEventId = '';
  comments = 0;
  private readonly events: AsyncGenerator<OrderEvent>;

  private constructor(
    readonly response: Response,
    private readonly stop: AbortController,
  ) {
    this.events = this.read();
  }

  static async open(url: string, key: string, lastEventId?: string): Promise<EventStream> {
    const stop = new AbortController();
    const response = await fetch(url, {
      headers: {
        authorization: `Bearer ${key}`,
        accept: 'text/event-stream',
        ...defined({ 'last-event-id': lastEventId }),
      },
      signal: stop.signal,
    });
    return new EventStream(response, stop);
  }

  /** @returns undefined when the server has closed the stream. */
  async next(): Promise<OrderEvent | undefined> {
    const result = await this.events.next();
    return result.done ? undefined : result.value;
  }

  async until(test: (view: OrderView) => boolean): Promise<OrderEvent> {
    for (let event = await this.next(); event; event = await this.next()) if (test(event.view)) return event;
    throw new Error('The stream ended before');
  }

  async rest(): Promise<OrderEvent[]> {
    const events: OrderEvent[] = [];
    for (let event = await this.next(); event; event = await this.next()) events.push(event);
    return events;
  }

  close(): void {
    this.stop.abort();
  }

  private async *read(): AsyncGenerator<OrderEvent> {
    let text = '';
    const decoder = new TextDecoder();
    for await (const bytes of this.pieces()) {
      text += decoder.decode(bytes, { stream: true });
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const block = text.slice(0, end).split('\n');
        text = text.slice(end + 2);
        const event = this.take(block);
        if (event) yield event;
      }
    }
  }

  /** Closing it here counts as an end too. */
  private async *pieces(): AsyncGenerator<Uint8Array> {
    try {
      for await (const bytes of this.response.body ?? []) yield bytes as Uint8Array;
    } catch (error) {
      if (!this.stop.signal.aborted) throw error;
    }
  }

  private take(block: string[]): OrderEvent | undefined {
    const fields = new Map(block.map((line) => line.match(/^(\w*): ?(.*)$/)?.slice(1, 3) as [string, string]));
    if (block.some((line) => line.startsWith(':'))) this.comments += 1;
    this.lastEventId = fields.get('id') ?? this.lastEventId;
    const data = fields.get('data');
    if (data === undefined) return undefined;
    if (fields.get('event') !== 'order') throw new Error(`An event of another name: ${block.join('|')}`);
    return { id: this.lastEventId, view: JSON.parse(data) as OrderView };
  }
}
