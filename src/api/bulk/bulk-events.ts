import { setTimeout as wait } from 'node:timers/promises';
import type { StoredBulk } from '../../../contracts/bulk.schema.js';
import type { OrderBook } from '../book/order-book.js';

/** How often the book is asked, in milliseconds. A bulk stores its results ten at a time. */
const everyMs = 500;
const commentEveryMs = 15_000;

interface Options {
  book: OrderBook;
  bulkId: string;
  /** The last result that the client has seen; undefined: results from now on. */
  after: number | undefined;
  read: () => Promise<StoredBulk>;
  render: (bulk: StoredBulk) => object;
  signal: AbortSignal;
}

/**
 * The text of the event stream of a bulk: `event: bulk` at first and at each change of its counts, `event: result` for each order. The id
 * of each event is the number of the last result before it, so that a client that resumes misses none. It ends with the bulk. While the book does not answer, it goes on without news.
 */
export async function* bulkEvents({ book, bulkId, after, read, render, signal }: Options): AsyncGenerator<string> {
  let seen = after;
  let shown = '';
  let commentAt = Date.now() + commentEveryMs;
  while (!signal.aborted) {
    const news = await newsOf({ book, bulkId, seen, read }).catch(() => undefined);
    if (news) {
      seen = news.next;
      let text = news.items
        .map(({ number, order }) => `event: result\nid: ${number}\ndata: ${JSON.stringify(order)}\n\n`)
        .join('');
      const bulk = JSON.stringify(render(news.bulk));
      if (bulk !== shown) text += `event: bulk\nid: ${seen}\ndata: ${bulk}\n\n`;
      shown = bulk;
      if (text !== '') yield text;
      if (news.bulk.state === 'done' && news.isAll) return;
      if (!news.isAll) continue;
    }
    if (Date.now() >= commentAt) {
      yield ': still here\n\n';
      commentAt = Date.now() + commentEveryMs;
    }
    await wait(everyMs, undefined, { signal }).catch(() => 'The stream ends.');
  }
}

const mostResults = 200;

/** The bulk is read first: its results may be newer than its counts, never older. */
async function newsOf({
  book,
  bulkId,
  seen,
  read,
}: Pick<Options, 'book' | 'bulkId' | 'read'> & { seen: number | undefined }) {
  const bulk = await read();
  const query = { limit: mostResults, ...(seen === undefined ? {} : { after: seen }) };
  const { items, next } = await book.desk.listBulkResults({ params: { bulkId }, query });
  return { bulk, items, next, isAll: items.length < mostResults };
}
