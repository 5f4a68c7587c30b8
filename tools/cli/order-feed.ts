import { setTimeout as sleep } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import { request } from 'undici';
import { defined } from '../../contracts/defined.js';
import type { OrderView } from '../../contracts/order.js';
import { Unreachable, type Http } from './http.js';
import type { FoundSystem } from './find-system.js';

/** An order did not reach the awaited state, and has not changed for a long time. */
export class NoProgress extends Error {
  override name = 'NoProgress';
  constructor(
    readonly view: OrderView | undefined,
    quietMs: number,
  ) {
    super(`nothing changed for ${Math.round(quietMs / 1000)} s`);
  }
}

interface Waiter {
  test: (view: OrderView) => boolean;
  resolve: (view: OrderView) => void;
  reject: (error: NoProgress) => void;
}
interface Watched {
  view?: OrderView;
  /** When the view changed last, and when it was requested last. */
  changedAt: number;
  askedAt: number;
  /** How much of the time since then the system was down. That time does not count. */
  awayMs: number;
  waiters: Set<Waiter>;
}

/** How long an awaited order may be silent before it is read separately: sooner while the stream is broken. */
const usualReadAfterMs = { open: 3000, broken: 500 };
/** The longest outage that does not count against an order. */
const longestAwayMs = 300_000;

/**
 * Knows the newest view of each watched order, from GET /v1/events and from the answers of other calls.
 *
 *     const feed = await OrderFeed.open(system, http, key, 300_000);
 *     const view = await feed.until(id, (view) => view.status === 'confirmed');
 */
export class OrderFeed {
  private readonly orders = new Map<string, Watched>();
  private readonly closed = new AbortController();
  private stream: 'open' | 'broken' = 'broken';
  private lastEventId: string | undefined;
  private readonly checker: NodeJS.Timeout;
  private running: Promise<void> = Promise.resolve();

  private constructor(
    private readonly system: FoundSystem,
    private readonly http: Http,
    private readonly key: string,
    private readonly patienceMs: number,
    private readonly readAfterMs: typeof usualReadAfterMs,
    private readonly broke: (why: string) => void,
  ) {
    this.checker = setInterval(() => this.check(), 250);
  }

  /**
   * Resolves when the stream is open. If the stream breaks, it is opened again and continues where it broke.
   *
   * @param broke is called then, with the reason.
   */
  static async open(
    system: FoundSystem,
    http: Http,
    key: string,
    patienceMs: number,
    readAfterMs = usualReadAfterMs,
    broke = warn,
  ): Promise<OrderFeed> {
    const feed = new OrderFeed(system, http, key, patienceMs, readAfterMs, broke);
    await new Promise<void>((opened) => {
      feed.running = feed.run(opened);
    });
    return feed;
  }

  /** Starts to keep the order's newest view. Call this before the order is placed, so that no view is missed. */
  watch(orderId: string): void {
    this.watched(orderId);
  }

  /** Takes a view from a read or from the stream. Ignores orders that are not watched. */
  note(view: OrderView): void {
    const watched = this.orders.get(view.id);
    if (watched && isNewer(view, watched.view)) this.take(watched, view);
  }

  /**
   * Takes the answer to a command. It has the effect of the command, so the known view is newer only if its number and its time are: an
   * answer from a run can have an older number, and the answer to a return the time of the order's end.
   */
  noteAnswer(view: OrderView): void {
    const watched = this.orders.get(view.id);
    if (!watched) return;
    const { view: known } = watched;
    if (!known || view.revision >= known.revision || view.updatedAt >= known.updatedAt) this.take(watched, view);
  }

  private take(watched: Watched, view: OrderView): void {
    watched.view = view;
    watched.changedAt = Date.now();
    watched.awayMs = 0;
    for (const waiter of watched.waiters) {
      if (!waiter.test(view)) continue;
      watched.waiters.delete(waiter);
      waiter.resolve(view);
    }
  }

  /**
   * Resolves with the first view that passes the test; the known view may be that one.
   *
   * @throws {NoProgress} when the order has not changed for `patienceMs`.
   */
  until(orderId: string, test: (view: OrderView) => boolean): Promise<OrderView> {
    const watched = this.watched(orderId);
    if (watched.view && test(watched.view)) return Promise.resolve(watched.view);
    watched.changedAt = Date.now();
    watched.askedAt = Date.now();
    watched.awayMs = 0;
    return new Promise((resolve, reject) => watched.waiters.add({ test, resolve, reject }));
  }

  /** Ends `watch`. */
  forget(orderId: string): void {
    this.orders.delete(orderId);
  }

  async refresh(orderId: string): Promise<OrderView> {
    const { body } = await this.http.send<OrderView>('api', 'GET', `/v1/orders/${orderId}`, {
      headers: this.headers(),
    });
    this.note(body);
    return body;
  }

  async close(): Promise<void> {
    clearInterval(this.checker);
    this.closed.abort();
    await this.running;
  }

  private headers(): Record<string, string> {
    return { authorization: `Bearer ${this.key}` };
  }

  private watched(orderId: string): Watched {
    let watched = this.orders.get(orderId);
    if (!watched) {
      watched = { changedAt: Date.now(), askedAt: 0, awayMs: 0, waiters: new Set() };
      this.orders.set(orderId, watched);
    }
    return watched;
  }

  private check(): void {
    const now = Date.now();
    for (const [orderId, watched] of this.orders) {
      if (watched.waiters.size === 0) continue;
      if (now - watched.changedAt - watched.awayMs > this.patienceMs) {
        for (const waiter of watched.waiters) waiter.reject(new NoProgress(watched.view, now - watched.changedAt));
        watched.waiters.clear();
      } else if (now - Math.max(watched.changedAt, watched.askedAt) > this.readAfterMs[this.stream]) {
        const quietMs = now - Math.max(watched.changedAt, watched.askedAt);
        watched.askedAt = now;
        this.http.once<OrderView>('api', 'GET', `/v1/orders/${orderId}`, { headers: this.headers() }).then(
          ({ body }) => this.note(body),
          (error: unknown) => {
            if (error instanceof Unreachable) watched.awayMs = Math.min(watched.awayMs + quietMs, longestAwayMs);
          },
        );
      }
    }
  }

  private async run(opened: () => void): Promise<void> {
    for (let pause = 100; !this.closed.signal.aborted; pause = Math.min(pause * 2, 2000)) {
      try {
        await this.read(() => {
          this.stream = 'open';
          opened();
          pause = 100;
        });
      } catch (error) {
        if (this.stream === 'open' && !this.closed.signal.aborted) {
          this.broke((error as Error).message);
        }
        opened();
      }
      this.stream = 'broken';
      await sleep(pause, undefined, { signal: this.closed.signal }).catch(() => undefined);
    }
  }

  private async read(onOpen: () => void): Promise<void> {
    const answer = await request(`${this.system.url('api')}/v1/events`, {
      headers: {
        ...this.headers(),
        accept: 'text/event-stream',
        ...defined({ 'last-event-id': this.lastEventId }),
      },
      signal: this.closed.signal,
      // A comment line comes every 15 s, so a longer silence means a dead connection.
      bodyTimeout: 45_000,
    });
    if (answer.statusCode !== 200) {
      await answer.body.dump();
      throw new Error(`GET /v1/events: ${answer.statusCode}`);
    }
    onOpen();
    const parser = createParser({
      onEvent: ({ id, data }) => {
        this.lastEventId = id ?? this.lastEventId;
        this.note(JSON.parse(data) as OrderView);
      },
    });
    // The body's own setEncoding() comes too late for what has already arrived.
    const decoder = new TextDecoder();
    for await (const bytes of answer.body) parser.feed(decoder.decode(bytes as Buffer, { stream: true }));
  }
}

function warn(why: string): void {
  console.warn(`The event stream broke (${why}): until it is back, orders are read one by one.`);
}

/**
 * The order book numbers views. A view that comes directly from Temporal has the number of the last view in the book, or 0, and may be newer.
 * Views with the same number are compared by their time.
 */
function isNewer(view: OrderView, known: OrderView | undefined): boolean {
  if (!known) return true;
  if (view.revision !== 0 && known.revision !== 0 && view.revision !== known.revision) {
    return view.revision > known.revision;
  }
  return view.updatedAt > known.updatedAt || (view.updatedAt === known.updatedAt && view.revision > known.revision);
}
