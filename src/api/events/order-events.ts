import { setTimeout as wait } from 'node:timers/promises';
import type { OrderView } from '../../../contracts/order.js';
import type { BookEntry } from '../../../services/orders/contract.js';
import type { ChangeFeed, Scope } from './change-feed.js';

/** How often a stream sends a comment line, in milliseconds. */
const commentEveryMs = 15_000;
/** Events are sent together up to this length: one write of several costs little more than one write of one. */
const pieceLength = 64 * 1024;
/** A client that takes longer for one piece gets the newest state next, in milliseconds. */
const slowMs = 500;

/** How often a stream that is ahead of the book looks whether the book has caught up, in milliseconds. A change wakes it too. */
const againMs = 1_000;

type Current = Pick<BookEntry, 'change' | 'view'>;

export interface StreamOptions {
  feed: Pick<ChangeFeed, 'read' | 'changed' | 'era' | 'head'>;
  scope: Scope;
  /** The last change that the client has seen. */
  after: number;
  /** The order as it is now: sent first. Its change is 0 where the book does not have it yet, or has an older state. */
  current?: Current;
  /** Reads the order again. Needed with `current`. */
  again?: () => Promise<Current>;
  render: (view: OrderView) => OrderView;
  /** Whether this is the last change. */
  isOver: (view: OrderView) => boolean;
  signal: AbortSignal;
}

/**
 * The text of an event stream: `event: order`, with the change number as its id. The generator runs only when the client has read the last
 * piece; in between it holds a number and at most one page of changes.
 */
export async function* orderEvents(options: StreamOptions): AsyncGenerator<string> {
  const { feed, current, signal, isOver } = options;
  let { after } = options;
  let { era } = feed;
  // The changes that the book has now would take back what the stream sends first.
  let isAhead = current?.change === 0;
  // A client remembers an id without data but shows no event, so it can resume before the first change.
  yield `: orders\nid: ${current?.change ?? after}\n\n`;
  let commentAt = Date.now() + commentEveryMs;
  if (current) {
    yield eventOf(current, options);
    if (isOver(current.view)) return;
  }
  while (!signal.aborted) {
    if (era !== feed.era) [era, after] = [feed.era, feed.head];
    if (isAhead) after = feed.head;
    const page = isAhead ? await caughtUp(options, after) : await readOrWait(options, after);
    isAhead &&= page.items.length === 0;
    let text = '';
    for (const entry of page.items) {
      text += eventOf(entry, options);
      after = entry.change;
      const isLast = isOver(entry.view);
      if (!isLast && entry !== page.items.at(-1) && text.length < pieceLength) continue;
      const offeredAt = Date.now();
      yield text;
      if (isLast) return;
      if (Date.now() - offeredAt > slowMs) break;
      text = '';
    }
    if (after === (page.items.at(-1)?.change ?? after)) after = Math.max(after, page.next);
    if (Date.now() >= commentAt) {
      yield ': still here\n\n';
      commentAt = Date.now() + commentEveryMs;
    }
    if (page.items.length === 0) {
      const withinMs = Math.min(commentAt - Date.now(), isAhead ? againMs : commentEveryMs);
      after = await feed.changed(after, options.scope, Math.max(0, withinMs), signal);
    }
  }
}

function eventOf({ change, view }: Current, { render }: StreamOptions): string {
  return `event: order\nid: ${change}\ndata: ${JSON.stringify(render(view))}\n\n`;
}

/** The order, once the book has what the stream has sent. */
async function caughtUp({ again }: StreamOptions, next: number): Promise<{ items: Current[]; next: number }> {
  const found = await again?.().catch(() => undefined);
  return { items: found && found.change > 0 ? [found] : [], next };
}

/** While the book does not answer the stream goes on without news. */
async function readOrWait({ feed, scope, signal }: StreamOptions, after: number) {
  try {
    return await feed.read(after, scope, signal);
  } catch {
    await wait(1000, undefined, { signal }).catch(() => undefined);
    return { items: [], next: after };
  }
}
