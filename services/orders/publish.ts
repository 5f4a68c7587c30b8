import { sql, type Kysely } from 'kysely';
import type { OrderPublication, ReturnsPublication } from '../../contracts/publication.js';
import { Batch } from './batch.js';
import type { BookTables } from './tables.js';

/** Writes publications to the book. Those that arrive together share one statement and one commit. */
export class Publisher {
  private readonly orders: Batch<OrderPublication, number>;
  private readonly returns: Batch<ReturnsPublication, number>;

  constructor(db: Kysely<BookTables>) {
    this.orders = new Batch((publications) => storeOrders(db, publications), isDataError);
    this.returns = new Batch((publications) => storeReturns(db, publications), isDataError);
  }

  /** @returns the revision of the order afterwards, also if the stored view was newer. */
  publish(publication: OrderPublication): Promise<number> {
    return this.orders.add(publication);
  }

  /** @returns the revision of the order afterwards: 0 while the book has its returns but not the order. */
  publishReturns(publication: ReturnsPublication): Promise<number> {
    return this.returns.add(publication);
  }
}

async function storeOrders(db: Kysely<BookTables>, publications: OrderPublication[]): Promise<number[]> {
  const each = <T>(column: (publication: OrderPublication) => T) => publications.map(column);
  const { rows } = await sql<{ revision: number }>`
    select publish_order(
      p.order_id, p.run, p.length, p.at, p.seq, p.fingerprint, p.view,
      p.shop_id, p.customer_id, p.reference, p.status, p.placed_at, p.due_at
    ) as revision
    from unnest(
      ${each((p) => p.view.id)}::text[],
      ${each((p) => p.position.runId)}::text[],
      ${each((p) => p.position.length)}::bigint[],
      ${each((p) => p.position.at)}::bigint[],
      ${each((p) => p.position.seq)}::bigint[],
      ${each((p) => p.fingerprint)}::text[],
      ${each((p) => JSON.stringify(p.view))}::json[],
      ${each((p) => p.view.shopId)}::text[],
      ${each((p) => p.view.customerId)}::text[],
      ${each((p) => p.view.reference ?? null)}::text[],
      ${each((p) => p.view.status)}::text[],
      ${each((p) => p.view.placedAt)}::timestamptz[],
      ${each((p) => firstDue(p.view.steps))}::timestamptz[]
    ) as p (
      order_id, run, length, at, seq, fingerprint, view,
      shop_id, customer_id, reference, status, placed_at, due_at
    )`.execute(db);
  return rows.map(({ revision }) => revision);
}

async function storeReturns(db: Kysely<BookTables>, publications: ReturnsPublication[]): Promise<number[]> {
  const each = <T>(column: (publication: ReturnsPublication) => T) => publications.map(column);
  const { rows } = await sql<{ revision: number }>`
    select publish_returns(p.order_id, p.run, p.length, p.at, p.seq, p.returns) as revision
    from unnest(
      ${each((p) => p.orderId)}::text[],
      ${each((p) => p.position.runId)}::text[],
      ${each((p) => p.position.length)}::bigint[],
      ${each((p) => p.position.at)}::bigint[],
      ${each((p) => p.position.seq)}::bigint[],
      ${each((p) => JSON.stringify(p.returns))}::json[]
    ) as p (order_id, run, length, at, seq, returns)`.execute(db);
  return rows.map(({ revision }) => revision);
}

/** The earliest time at which a step is overdue. */
function firstDue(steps: readonly { dueAt?: string }[]): string | null {
  const due = steps.flatMap(({ dueAt }) => (dueAt === undefined ? [] : [dueAt])).sort();
  return due[0] ?? null;
}

/** Classes 22 and 23 (data exception, integrity violation): the data of a row causes the error. */
function isDataError(error: unknown): boolean {
  return /^2[23]/.test((error as { code?: string }).code ?? '');
}
