import { sql } from 'kysely';
import type { LatePayment, OrderPublication, ReturnsPublication } from '../../contracts/publication.js';
import type { Db, Log } from '../support/database.js';
import { Batch } from './batch.js';
import { foldCounts } from './counts.js';
import { filed, type Filed } from './filed.js';
import { measureEnds } from './insights.js';

/** Each number of orders in a statement is a text of its own, and a connection keeps the plan of each text. */
const mostOrders = 16;
/** After so many publications, the counts are folded and ends are measured: a reader has to add up what is left. */
const foldEvery = 1000;

/** Writes the views of orders to the book. Those that arrive together share one statement and one commit. */
export class Publisher {
  private readonly orders: Batch<OrderPublication, number>;
  private published = 0;

  constructor(
    private readonly db: Db,
    private readonly log: Log,
  ) {
    this.orders = new Batch((publications) => storeOrders(db, publications), isDataError, mostOrders);
  }

  /** @returns the revision of the order afterwards, also if the stored view was newer. */
  async publish(publication: OrderPublication): Promise<number> {
    const revision = await this.orders.add(publication);
    this.published += 1;
    if (this.published % foldEvery === 0) await this.tidy();
    return revision;
  }

  /** Folds the counts, and measures the orders that have ended. */
  private async tidy(): Promise<void> {
    try {
      await foldCounts(this.db);
      while (await measureEnds(this.db));
    } catch (err) {
      // The publication is stored, and the counts are right without it.
      this.log.warn({ err }, 'The counts of orders could not be folded; a later publication tries again');
    }
  }
}

async function storeOrders(db: Db, publications: OrderPublication[]): Promise<number[]> {
  // Views are parameters of their own. In an array, every quotation mark of them is escaped here and unescaped in PostgreSQL.
  const views = publications.map((p) => sql`${JSON.stringify(p.view)}::json`);
  const each = <T>(column: (publication: OrderPublication) => T) => publications.map(column);
  const files = publications.map((p) => filed(p.view));
  const file = <T>(column: (file: Filed) => T) => files.map(column);
  const { rows } = await sql<{ revision: number }>`
    select publish_order(
      p.order_id, p.run, p.length, p.at, p.seq, p.fingerprint, p.view,
      p.shop_id, p.customer_id, p.reference, p.status, p.placed_at, p.due_at,
      p.failure_code, p.step, p.hold_step, p.hold_code, p.hold_service, p.currency, p.total
    ) as revision
    from unnest(
      ${each((p) => p.view.id)}::text[],
      ${each((p) => p.position.runId)}::text[],
      ${each((p) => p.position.length)}::bigint[],
      ${each((p) => p.position.at)}::bigint[],
      ${each((p) => p.position.seq)}::bigint[],
      ${each((p) => p.fingerprint)}::text[],
      array[${sql.join(views)}],
      ${each((p) => p.view.shopId)}::text[],
      ${each((p) => p.view.customerId)}::text[],
      ${each((p) => p.view.reference ?? null)}::text[],
      ${each((p) => p.view.status)}::text[],
      ${each((p) => p.view.placedAt)}::timestamptz[],
      ${file((f) => f.dueAt)}::timestamptz[],
      ${file((f) => f.failureCode)}::text[],
      ${file((f) => f.step)}::text[],
      ${file((f) => f.holdStep)}::text[],
      ${file((f) => f.holdCode)}::text[],
      ${file((f) => f.holdService)}::text[],
      ${each((p) => p.view.currency)}::text[],
      ${each((p) => p.view.total)}::bigint[]
    ) as p (
      order_id, run, length, at, seq, fingerprint, view,
      shop_id, customer_id, reference, status, placed_at, due_at,
      failure_code, step, hold_step, hold_code, hold_service, currency, total
    )`.execute(db);
  return rows.map(({ revision }) => revision);
}

/**
 * Stores each return that is newer than the stored one.
 *
 * @returns the revision of the order afterwards: 0 while the book has its returns but not the order.
 */
export async function publishReturns(db: Db, { orderId, position, returns }: ReturnsPublication): Promise<number> {
  const { runId, length, at, seq } = position;
  const { rows } = await sql<{ revision: number }>`
    select publish_returns(
      ${orderId}, ${runId}, ${length}::bigint, ${at}::bigint, ${seq}::bigint, ${JSON.stringify(returns)}::json
    ) as revision`.execute(db);
  return rows[0]!.revision;
}

/**
 * Adds late payments to the order. Each is stored once, and never changes.
 *
 * @returns the revision of the order afterwards: 0 while the book does not have the order itself.
 */
export async function publishLatePayments(db: Db, orderId: string, payments: readonly LatePayment[]): Promise<number> {
  const byId = Object.fromEntries(payments.map((payment) => [payment.id, payment]));
  const { rows } = await sql<{ revision: number }>`
    select publish_late_payments(${orderId}, ${JSON.stringify(byId)}::jsonb) as revision`.execute(db);
  return rows[0]!.revision;
}

/** Classes 22 and 23 (data exception, integrity violation): the data of a row causes the error. */
function isDataError(error: unknown): boolean {
  return /^2[23]/.test((error as { code?: string }).code ?? '');
}
