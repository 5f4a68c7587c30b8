import { sql } from 'kysely';
import { z } from 'zod';
import type { BulkCommand, BulkOrder, BulkResult, BulkSelection, StoredBulk } from '../../contracts/bulk.schema.js';
import { defined } from '../../contracts/defined.js';
import type { Db } from '../support/database.js';
import { Rejection } from '../support/errors.js';
import type { AnswerOf, BodyOf, QueryOf } from '../support/operation.js';
import { readPage } from '../support/pages.js';
import { select, type Selected } from './bulk-selection.js';
import type { deskContract } from './desk-contract.js';

type Created = BodyOf<typeof deskContract.createBulk>;
type Settled = BodyOf<typeof deskContract.settleBulkOrders>['results'][number];
type Page = AnswerOf<typeof deskContract.takeBulkPage>;

/** A draft that nobody has started is removed after a day. */
const draftsLast = sql`interval '1 day'`;

interface BulkRow {
  id: string;
  number: number;
  fingerprint: string;
  by_name: string;
  shop_id: string | null;
  command: BulkCommand;
  selection: BulkSelection;
  state: StoredBulk['state'];
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  counts: Partial<Record<BulkResult, number>> | null;
}

const bulkColumns = sql`b.*, (
  select json_object_agg(result, orders) from (
    select result, count(*) as orders from bulk_orders where bulk_id = b.id group by result
  ) as counted
) as counts`;

/** Stores bulks, their frozen selections and the result of each order. */
export class Bulks {
  constructor(private readonly db: Db) {}

  /**
   * Selects the orders and stores them with the bulk. The same id again changes nothing.
   *
   * @throws {Rejection} idempotency_key_reused when the id belongs to another bulk; too_many_orders.
   */
  async create(bulkId: string, bulk: Created): Promise<{ bulk: StoredBulk; isNew: boolean }> {
    const known = await this.find(bulkId, undefined);
    if (known) return { bulk: requireSame(known, bulk), isNew: false };
    const { by, shopId, command, select: meant, find: selection, fingerprint, start } = bulk;
    const isNew = await this.db.transaction().execute(async (tx) => {
      await sql`delete from bulks where state = 'draft' and created_at < now() - ${draftsLast}`.execute(tx);
      const { rows } = await sql`
        insert into bulks (id, fingerprint, by_name, shop_id, command, selection, state, started_at)
        values (
          ${bulkId}, ${fingerprint}, ${by}, ${shopId ?? null}, ${JSON.stringify(command)}::jsonb,
          ${JSON.stringify(meant)}::jsonb, ${start ? 'running' : 'draft'}, ${start ? sql`now()` : null}
        )
        on conflict (id) do nothing returning id`.execute(tx);
      if (rows.length === 0) return false;
      await store(tx, bulkId, await select(tx, selection, shopId, command));
      return true;
    });
    return { bulk: requireSame(await this.require(bulkId, undefined), bulk), isNew };
  }

  /** @param shopId undefined for all shops. @throws {Rejection} not_found, also for a bulk of another shop. */
  async get(bulkId: string, shopId: string | undefined): Promise<StoredBulk> {
    return toBulk(await this.require(bulkId, shopId));
  }

  async list({ shopId, ...page }: QueryOf<typeof deskContract.listBulks>) {
    const { items, nextCursor } = await readPage<BulkRow, [number]>(page, {
      place: z.tuple([z.int()]),
      read: async (limit, behind) => {
        const { rows } = await sql<BulkRow>`
          select ${bulkColumns} from bulks as b
          where true ${shopId === undefined ? sql`` : sql`and shop_id = ${shopId}`}
            ${behind ? sql`and number < ${behind[0]}` : sql``}
          order by number desc limit ${limit}`.execute(this.db);
        return rows;
      },
      placeOf: ({ number }) => [number],
    });
    return { items: items.map(toBulk), nextCursor };
  }

  /** The orders of a bulk, in the order of the selection. */
  async orders(bulkId: string, { shopId, result, ...page }: QueryOf<typeof deskContract.listBulkOrders>) {
    await this.require(bulkId, shopId);
    const { items, nextCursor } = await readPage<OrderRow, [number]>(page, {
      place: z.tuple([z.int()]),
      read: async (limit, behind) => {
        const { rows } = await sql<OrderRow>`
          select * from bulk_orders where bulk_id = ${bulkId}
            ${result === undefined ? sql`` : sql`and result = ${result}`}
            ${behind ? sql`and number > ${behind[0]}` : sql``}
          order by number limit ${limit}`.execute(this.db);
        return rows;
      },
      placeOf: ({ number }) => [number],
    });
    return { items: items.map(toOrder), nextCursor };
  }

  /** Results after a number, in the order in which they came; from the newest on unless `after` is given. */
  async results(bulkId: string, { after, limit = 200 }: QueryOf<typeof deskContract.listBulkResults>) {
    const { rows } = await sql<OrderRow>`
      select * from bulk_orders where bulk_id = ${bulkId} and settled > ${after ?? Number.MAX_SAFE_INTEGER}
      order by settled limit ${limit}`.execute(this.db);
    const last = rows.at(-1)?.settled;
    if (last !== undefined && last !== null) return { items: rows.map(toNumbered), next: last };
    if (after !== undefined) return { items: [], next: after };
    const { rows: heads } = await sql<{ head: number }>`
      select coalesce(max(settled), 0) as head from bulk_orders where bulk_id = ${bulkId} and settled is not null`.execute(
      this.db,
    );
    return { items: [], next: heads[0]!.head };
  }

  /** Starts a draft, or goes on with a bulk that was stopped. What failed is tried again. A bulk that runs or is done stays as it is. */
  async start(bulkId: string, shopId: string | undefined): Promise<StoredBulk> {
    await this.require(bulkId, shopId);
    await sql`
      with failed as (
        update bulk_orders set result = 'pending', code = null, message = null, at = null
        where bulk_id = ${bulkId} and result = 'failed' returning 1
      )
      update bulks set state = 'running', started_at = coalesce(started_at, now()), ended_at = null
      where id = ${bulkId} and (state in ('draft', 'stopped') or (state = 'done' and exists (select from failed)))`.execute(
      this.db,
    );
    return this.get(bulkId, shopId);
  }

  /** Stops a bulk that runs. A bulk that does not run stays as it is. */
  async stop(bulkId: string, shopId: string | undefined): Promise<StoredBulk> {
    await this.require(bulkId, shopId);
    await sql`update bulks set state = 'stopped' where id = ${bulkId} and state = 'running'`.execute(this.db);
    return this.get(bulkId, shopId);
  }

  /** The next orders to ask. None if the bulk does not run; with the last one it is done. */
  async takePage(bulkId: string, limit: number): Promise<Page> {
    const bulk = await this.require(bulkId, undefined);
    const { by_name: by, command } = bulk;
    const nothing = { by, command, orders: [] };
    if (bulk.state !== 'running') return nothing;
    const { rows } = await sql<OrderRow>`
      select * from bulk_orders where bulk_id = ${bulkId} and result = 'pending' order by number limit ${limit}`.execute(
      this.db,
    );
    if (rows.length === 0) {
      await sql`update bulks set state = 'done', ended_at = now() where id = ${bulkId} and state = 'running'`.execute(
        this.db,
      );
      return nothing;
    }
    return {
      by,
      command,
      orders: rows.map(({ order_id, step }) => ({ orderId: order_id, ...defined({ step: step ?? undefined }) })),
    };
  }

  /** Stores results. An order that has one keeps it. */
  async settle(bulkId: string, results: readonly Settled[]): Promise<void> {
    const each = <T>(column: (result: Settled) => T) => results.map(column);
    await sql`
      update bulk_orders as o
      set result = r.result, code = r.code, message = r.message, at = now(), settled = nextval('bulk_settled')
      from unnest(
        ${each((r) => r.orderId)}::text[], ${each((r) => r.result)}::text[],
        ${each((r) => r.code ?? null)}::text[], ${each((r) => r.message ?? null)}::text[]
      ) as r (order_id, result, code, message)
      where o.bulk_id = ${bulkId} and o.order_id = r.order_id and o.result = 'pending'`.execute(this.db);
  }

  private async require(bulkId: string, shopId: string | undefined): Promise<BulkRow> {
    const row = await this.find(bulkId, shopId);
    if (!row) throw new Rejection('not_found', `There is no bulk ${bulkId}`);
    return row;
  }

  private async find(bulkId: string, shopId: string | undefined): Promise<BulkRow | undefined> {
    const { rows } = await sql<BulkRow>`
      select ${bulkColumns} from bulks as b
      where id = ${bulkId} ${shopId === undefined ? sql`` : sql`and shop_id = ${shopId}`}`.execute(this.db);
    return rows[0];
  }
}

async function store(db: Db, bulkId: string, orders: readonly Selected[]): Promise<void> {
  const each = <T>(column: (order: Selected) => T) => orders.map(column);
  await sql`
    insert into bulk_orders (bulk_id, number, order_id, status, step, result, code, message)
    select ${bulkId}, number, order_id, status, step, case when code is null then 'pending' else 'excluded' end, code, message
    from unnest(
      ${each((o) => o.orderId)}::text[], ${each((o) => o.status)}::text[], ${each((o) => o.step)}::text[],
      ${each((o) => o.code)}::text[], ${each((o) => o.message)}::text[]
    ) with ordinality as o (order_id, status, step, code, message, number)
    on conflict do nothing`.execute(db);
}

function requireSame(row: BulkRow, { fingerprint }: Created): StoredBulk {
  if (row.fingerprint === fingerprint) return toBulk(row);
  throw new Rejection('idempotency_key_reused', 'This Idempotency-Key has created another bulk');
}

interface OrderRow {
  number: number;
  order_id: string;
  status: NonNullable<BulkOrder['status']> | null;
  step: string | null;
  result: BulkResult;
  code: string | null;
  message: string | null;
  at: string | null;
  settled: number | null;
}

function toBulk(row: BulkRow): StoredBulk {
  const { id, state, command, selection, by_name, created_at, started_at, ended_at, counts } = row;
  const { excluded = 0, pending = 0, done = 0, refused = 0, failed = 0 } = counts ?? {};
  return {
    id,
    state,
    command,
    select: selection,
    by: by_name,
    createdAt: created_at,
    ...defined({ startedAt: started_at ?? undefined, endedAt: ended_at ?? undefined }),
    orders: { selected: pending + done + refused + failed, excluded, pending, done, refused, failed },
  };
}

function toOrder({ order_id, status, step, result, code, message, at }: OrderRow): BulkOrder {
  const rest = { step, status, code, message, at };
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
  return { orderId: order_id, result, ...given };
}

function toNumbered(row: OrderRow) {
  return { number: row.settled as number, order: toOrder(row) };
}
