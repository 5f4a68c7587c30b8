import { sql, type RawBuilder } from 'kysely';
import { z } from 'zod';
import type { OrderView } from '../../contracts/order.js';
import type { LatePayment } from '../../contracts/publication.js';
import type { OrderStatus } from '../../contracts/statuses.js';
import { id } from '../../contracts/values.schema.js';
import type { Db } from '../support/database.js';
import type { AnswerOf, QueryOf } from '../support/operation.js';
import { bytesBesideItem, mostPageBytes, readPage, type Page } from '../support/pages.js';
import type { ChangeFilter } from './change-bell.js';
import { compose, type StoredOrder } from './compose.js';
import type { BookEntry, ordersContract } from './contract.js';
import { countFound, readCounts } from './counts.js';
import { found } from './order-filter.js';
import { readTrouble } from './trouble.js';

type OrderQuery = QueryOf<typeof ordersContract.listOrders>;

/** The sort key of an order in the lists: the time of its placing, in ms since the epoch (years 0000 to 9999), and its id. */
const place = z.tuple([z.int().min(Date.parse('0000-01-01T00:00Z')).max(Date.parse('9999-12-31T23:59:59.999Z')), id]);
type Place = z.output<typeof place>;

const columns = sql`view, returns, returns_at, late_payments, revision`;
const entryColumns = sql`${columns}, change, fingerprint`;
const newestFirst = sql`placed_at desc, order_id desc`;

/** Reads the book. Its views combine an order, its returns and its late payments. */
export class BookReader {
  constructor(private readonly db: Db) {}

  async find(orderId: string): Promise<BookEntry | undefined> {
    const { rows } = await sql<EntryRow>`
      select ${entryColumns} from orders where order_id = ${orderId} and view is not null`.execute(this.db);
    return rows[0] && toEntry(rows[0]);
  }

  /** Sorted by the time of placing, newest first, then by id, descending. */
  async list(query: OrderQuery): Promise<Page<OrderView>> {
    const page = await readPage(query, {
      place,
      read: (limit, behind) => this.newest(query, limit, behind),
      placeOf: (row) => [Date.parse(row.placed_at), row.order_id],
      fits: (row) => row.view !== null,
    });
    return { ...page, items: page.items.map((row) => compose(toStored(row))) };
  }

  private async newest(query: OrderQuery, limit: number, behind: Place | undefined): Promise<PlacedRow[]> {
    // One index scan for each status, merged. A single scan with a list of statuses would have to sort all orders that match to find the
    // newest ten.
    const statuses = query.status?.length ? [...new Set(query.status)] : [undefined];
    const scans = statuses.map((status) => sql`(${newestOf(status, query, limit, behind)})`);
    // Not prepared by name, because of the `*`: each combination of filters is another text.
    const { rows } = await sql<PlacedRow>`
      select returns, returns_at, late_payments, revision, placed_at, order_id, ${viewIfItFits(newestFirst)} as view
      from (
        select * from (${sql.join(scans, sql` union all `)}) as scanned order by ${newestFirst} limit ${limit}
      ) as newest
      order by ${newestFirst}`.execute(this.db);
    return rows;
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
    // Readers repeat this query for each change, so it is a text: Kysely would build and compile it again each time.
    const { rows } = await sql<EntryRow & { head: number }>`
      select h.head, o.returns, o.returns_at, o.late_payments, o.revision, o.change, o.fingerprint, ${fitsByChange} as view
      from (select coalesce(max(change), 0) as head from orders) as h
      left join lateral (
        select ${entryColumns}
        from orders
        where change > ${after ?? Number.MAX_SAFE_INTEGER}
          ${shopId === undefined ? sql`` : sql`and shop_id = ${shopId}`}
          ${orderId === undefined ? sql`` : sql`and order_id = ${orderId}`}
        order by change
        limit ${limit}
      ) as o on true
      order by o.change`.execute(this.db);
    const head = rows[0]?.head ?? 0;
    const found = rows.filter((row) => row.change !== null);
    const items = found.filter((row) => row.view !== null).map(toEntry);
    const isAll = items.length === found.length && items.length < limit;
    return { items, next: isAll ? head : (items.at(-1) as BookEntry).change };
  }

  counts(filter: QueryOf<typeof ordersContract.countOrders>): ReturnType<typeof countFound> {
    return countFound(this.db, filter);
  }

  async trouble(shopId: string | undefined): Promise<AnswerOf<typeof ordersContract.listTrouble>> {
    return { items: await readTrouble(this.db, shopId) };
  }

  async stats(): Promise<{ byStatus: Record<string, number>; overdue: number }> {
    const overdue = sql<{ orders: number }>`select count(*) as orders from orders where due_at < now()`;
    const [byStatus, { rows }] = await Promise.all([readCounts(this.db), overdue.execute(this.db)]);
    return { byStatus, overdue: rows[0]!.orders };
  }
}

/** The newest orders that match the filters of a list, with one status or any. */
function newestOf(status: OrderStatus | undefined, query: OrderQuery, limit: number, behind: Place | undefined) {
  const { from, placed } = found(query, status);
  return sql`
    select ${columns}, placed_at, order_id from ${from}
    ${behind ? sql`and (${placed}, order_id) < (${new Date(behind[0])}::timestamptz, ${behind[1]})` : sql``}
    order by ${placed} desc, order_id desc limit ${limit}`;
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

const fitsByChange = viewIfItFits(sql`change`);

interface Row {
  view: OrderView | null;
  returns: StoredOrder['returns'] | null;
  returns_at: number | null;
  late_payments: Record<string, LatePayment> | null;
  revision: number | null;
}

interface PlacedRow extends Row {
  order_id: string;
  /** ISO 8601. */
  placed_at: string;
}

interface EntryRow extends Row {
  change: number | null;
  fingerprint: string | null;
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

function toEntry(row: EntryRow): BookEntry {
  return {
    change: row.change as number,
    fingerprint: row.fingerprint as string,
    view: compose(toStored(row)),
  };
}
