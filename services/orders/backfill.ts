import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { OrderView } from '../../contracts/order.js';
import type { Db, Log } from '../support/database.js';
import { filed } from './filed.js';

const ordersAtOnce = 100;
const pauseAfterErrorMs = 5_000;

interface Row {
  order_id: string;
  placed_at: string;
  view: OrderView;
}

/**
 * Files the orders that were written before the book could be searched by failure, step and sku: newest first, a few at a time, and pausing as
 * long as it works. Several instances take turns. After the last order there is nothing to do, at later starts neither.
 */
export async function fileOlderOrders(db: Db, log: Log, stopping: AbortSignal): Promise<void> {
  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping }).catch(() => 'The loop ends.');
  while (!stopping.aborted) {
    const began = Date.now();
    try {
      if (!(await fileSome(db))) return;
      await pause(Date.now() - began);
    } catch (err) {
      log.warn({ err }, 'Orders from before could not be filed; trying again');
      await pause(pauseAfterErrorMs);
    }
  }
}

/** @returns false when all orders are filed. */
function fileSome(db: Db): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const { rows: places } = await sql<{ placed_at: string; order_id: string }>`
      select placed_at, order_id from search_backfill for update`.execute(tx);
    const [place] = places;
    if (!place) return false;
    const { rows } = await sql<Row>`
      select order_id, placed_at, view from orders
      where view is not null and (placed_at, order_id) < (${place.placed_at}::timestamptz, ${place.order_id})
      order by placed_at desc, order_id desc limit ${ordersAtOnce}`.execute(tx);
    const last = rows.at(-1);
    if (!last) {
      await sql`delete from search_backfill`.execute(tx);
      return false;
    }
    await fileRows(tx, rows);
    await sql`update search_backfill set placed_at = ${last.placed_at}, order_id = ${last.order_id}`.execute(tx);
    return true;
  });
}

async function fileRows(db: Db, rows: readonly Row[]): Promise<void> {
  const skus = rows.flatMap(({ order_id, placed_at, view: { shopId, lines } }) =>
    [...new Set(lines.map(({ sku }) => sku))].map((sku) => ({ sku, placed_at, order_id, shopId })),
  );
  await sql`
    insert into order_skus (sku, placed, order_id, shop)
    select * from unnest(
      ${skus.map(({ sku }) => sku)}::text[], ${skus.map(({ placed_at }) => placed_at)}::timestamptz[],
      ${skus.map(({ order_id }) => order_id)}::text[], ${skus.map(({ shopId }) => shopId)}::text[]
    ) on conflict do nothing`.execute(db);
  const found = rows.map((row) => ({ row, file: filed(row.view) }));
  const open = found.filter(({ file }) => file.failureCode !== null || file.step !== null || file.holdStep !== null);
  if (open.length === 0) return;
  const each = <T>(column: (entry: (typeof open)[number]) => T) => open.map(column);
  // A publication files its order itself.
  await sql`
    update orders as o set
      failure_code = f.failure_code, step = f.step,
      hold_step = f.hold_step, hold_code = f.hold_code, hold_service = f.hold_service,
      stuck_since = case when o.status = 'needs_attention' then f.updated_at end,
      currency = f.currency, total = f.total
    from unnest(
      ${each(({ row }) => row.order_id)}::text[],
      ${each(({ file }) => file.failureCode)}::text[], ${each(({ file }) => file.step)}::text[],
      ${each(({ file }) => file.holdStep)}::text[], ${each(({ file }) => file.holdCode)}::text[],
      ${each(({ file }) => file.holdService)}::text[], ${each(({ row }) => row.view.updatedAt)}::timestamptz[],
      ${each(({ row }) => row.view.currency)}::text[], ${each(({ row }) => row.view.total)}::bigint[]
    ) as f (
      order_id, failure_code, step, hold_step, hold_code, hold_service, updated_at, currency, total
    )
    where o.order_id = f.order_id and o.currency is null`.execute(db);
}
