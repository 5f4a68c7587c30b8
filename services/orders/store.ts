import { sql, type Kysely, type RawBuilder } from 'kysely';
import { z } from 'zod';
import type { OrderView } from '../../contracts/order.js';
import type { LatePayment } from '../../contracts/publication.js';
import type { OrderStatus } from '../../contracts/statuses.js';
import { id } from '../../contracts/values.schema.js';
import { bytesBesideItem, mostPageBytes, readPage, type Page, type PageQuery } from '../support/pages.js';
import type { ChangeFilter } from './change-bell.js';
import { compose, type StoredOrder } from './compose.js';
import type { BookEntry } from './contract.js';
import type { BookTables } from './tables.js';

export interface OrderFilter {
  shopId?: string | undefined;
  /** One of these; all if absent or empty. */
  status?: OrderStatus[] | undefined;
  customerId?: string | undefined;
  reference?: string | undefined;
  /** Inclusive. */
  placedAfter?: string | undefined;
  /** Exclusive. */
  placedBefore?: string | undefined;
}

/** The sort key of an order in the lists: the time of its placing, in ms since the epoch (years 0000 to 9999), and its id. */
const place = z.tuple([z.int().min(Date.parse('0000-01-01T00:00Z')).max(Date.parse('9999-12-31T23:59:59.999Z')), id]);
type Place = z.output<typeof place>;

const columns = ['view', 'returns', 'returns_at', 'late_payments', 'revision'] as const;

/** Reads the book. Its views combine an order, its returns and its late payments. */
export class BookReader {
  constructor(private readonly db: Kysely<BookTables>) {}

  async find(orderId: string): Promise<BookEntry | undefined> {
    const row = await this.db
      .selectFrom('orders')
      .select([...columns, 'change', 'fingerprint'])
      .where('order_id', '=', orderId)
      .where('view', 'is not', null)
      .executeTakeFirst();
    return row && toEntry(row);
  }

  /** Sorted by the time of placing, newest first, then by id, descending. */
  async list(query: OrderFilter & PageQuery): Promise<Page<OrderView>> {
    const page = await readPage(query, {
      place,
      read: (limit, behind) => this.newest(query, limit, behind),
      placeOf: (row) => [(row.placed_at as Date).getTime(), row.order_id],
      fits: (row) => row.view !== null,
    });
    return { ...page, items: page.items.map((row) => compose(toStored(row))) };
  }

  private newest(filter: OrderFilter, limit: number, behind: Place | undefined) {
    const statuses = [...new Set(filter.status)];
    const one = (status?: OrderStatus) =>
      this.db.selectFrom(this.newestOf(status, filter, limit, behind).as('o')).selectAll();
    // One index scan for each status, merged. A single scan with a list of statuses would have to sort all orders that match to find the
    // newest ten.
    const query = statuses.slice(1).reduce((all, status) => all.unionAll(one(status)), one(statuses[0]));
    const page = this.db
      .selectFrom(query.as('o'))
      .selectAll()
      .orderBy('placed_at', 'desc')
      .orderBy('order_id', 'desc')
      .limit(limit);
    return this.db
      .selectFrom(page.as('o'))
      .select(['returns', 'returns_at', 'late_payments', 'revision', 'placed_at', 'order_id'])
      .select(viewIfItFits(sql`placed_at desc, order_id desc`).as('view'))
      .orderBy('placed_at', 'desc')
      .orderBy('order_id', 'desc')
      .execute();
  }

  private newestOf(status: OrderStatus | undefined, filter: OrderFilter, limit: number, behind: Place | undefined) {
    const { shopId, customerId, reference, placedAfter, placedBefore } = filter;
    return this.db
      .selectFrom('orders')
      .select([...columns, 'placed_at', 'order_id'])
      .where('view', 'is not', null)
      .$if(shopId !== undefined, (query) => query.where('shop_id', '=', shopId as string))
      .$if(status !== undefined, (query) => query.where('status', '=', status as OrderStatus))
      .$if(customerId !== undefined, (query) => query.where('customer_id', '=', customerId as string))
      .$if(reference !== undefined, (query) => query.where('reference', '=', reference as string))
      .$if(placedAfter !== undefined, (query) => query.where('placed_at', '>=', new Date(placedAfter as string)))
      .$if(placedBefore !== undefined, (query) => query.where('placed_at', '<', new Date(placedBefore as string)))
      .$if(behind !== undefined, (query) => {
        const [placedAt, orderId] = behind as Place;
        return query.where(sql<boolean>`(placed_at, order_id) < (${new Date(placedAt)}::timestamptz, ${orderId})`);
      })
      .orderBy('placed_at', 'desc')
      .orderBy('order_id', 'desc')
      .limit(limit);
  }

  /**
   * Changes after a change number, oldest first, as of one moment.
   *
   * @param after if undefined or above the newest change, the answer is empty and `next` is the newest change.
   * @returns next: pass it as `after` to continue. No change up to it is missing in the answers so far.
   */
  async changes(
    after: number | undefined,
    filter: ChangeFilter,
    limit: number,
  ): Promise<{ items: BookEntry[]; next: number }> {
    const { shopId, orderId } = filter;
    const rows = await this.db
      .selectFrom((from) =>
        from
          .selectFrom('orders')
          .select(({ fn }) => fn.coalesce(fn.max('change'), sql<number>`0::bigint`).as('head'))
          .as('h'),
      )
      .leftJoinLateral(
        (from) =>
          from
            .selectFrom('orders')
            .select([...columns, 'change', 'fingerprint'])
            .where('change', '>', after ?? Number.MAX_SAFE_INTEGER)
            .$if(shopId !== undefined, (query) => query.where('shop_id', '=', shopId as string))
            .$if(orderId !== undefined, (query) => query.where('order_id', '=', orderId as string))
            .orderBy('change')
            .limit(limit)
            .as('o'),
        (join) => join.onTrue(),
      )
      .select(['h.head', 'o.returns', 'o.returns_at', 'o.late_payments', 'o.revision', 'o.change', 'o.fingerprint'])
      .select(viewIfItFits(sql`change`).as('view'))
      .orderBy('o.change')
      .execute();
    const head = rows[0]?.head ?? 0;
    const found = rows.filter((row) => row.change !== null);
    const items = found.filter((row) => row.view !== null).map(toEntry);
    const isAll = items.length === found.length && items.length < limit;
    return { items, next: isAll ? head : (items.at(-1) as BookEntry).change };
  }

  async stats(): Promise<{ byStatus: Record<string, number>; overdue: number }> {
    const [byStatus, overdue] = await Promise.all([
      this.db
        .selectFrom('orders')
        .select(['status', ({ fn }) => fn.countAll<number>().as('orders')])
        .where('view', 'is not', null)
        .groupBy('status')
        .execute(),
      this.db
        .selectFrom('orders')
        .select(({ fn }) => fn.countAll<number>().as('orders'))
        .where('due_at', '<', sql<Date>`now()`)
        .executeTakeFirstOrThrow(),
    ]);
    return {
      byStatus: Object.fromEntries(byStatus.map(({ status, orders }) => [status as string, orders])),
      overdue: overdue.orders,
    };
  }
}

/**
 * The view of a row, or null if the page has no room for it after the rows before it: the database does not even return it. The first
 * view always fits, so that a reader makes progress.
 */
function viewIfItFits(order: RawBuilder<unknown>) {
  const size = sql`octet_length(view::text) + octet_length(returns::text) + ${sql.lit(bytesBesideItem)}`;
  return sql<OrderView | null>`case
    when sum(${size}) over (order by ${order}) <= ${sql.lit(mostPageBytes)} or row_number() over (order by ${order}) = 1
    then view end`;
}

interface Row {
  view: OrderView | null;
  returns: StoredOrder['returns'] | null;
  returns_at: number | null;
  late_payments: Record<string, LatePayment> | null;
  revision: number | null;
}

function toStored(row: Row): StoredOrder {
  return {
    view: row.view as OrderView,
    returns: row.returns ?? [],
    returnsAt: row.returns_at,
    latePayments: Object.values(row.late_payments ?? {}),
    revision: row.revision as number,
  };
}

function toEntry(row: Row & { change: number | null; fingerprint: string | null }): BookEntry {
  return {
    change: row.change as number,
    fingerprint: row.fingerprint as string,
    view: compose(toStored(row)),
  };
}
