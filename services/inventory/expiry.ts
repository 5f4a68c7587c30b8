import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Db, Log } from '../support/database.js';
import type { OrderPieces } from './order-pieces.js';

/** One statement gives back what so many orders hold. The stock of a hot sku may be held by thousands. */
const mostHolders = 1_000;

/**
 * Gives back what other orders hold past their expiry of the skus that are short for an order.
 *
 * @returns whether there was such an order. If another call has changed it meanwhile, the outcome of that call decides what is in stock.
 */
export async function expireHolders(
  db: Db,
  { orderId, short }: Pick<OrderPieces, 'orderId' | 'short'>,
): Promise<boolean> {
  const { rows } = await sql<{ order_id: string }>`
    select order_id from reservations
    where expires_at <= now() and order_id <> ${orderId}
      and exists (
        select 1 from pieces
        where pieces.order_id = reservations.order_id and state = 'reserved' and sku = any(${short})
      )
    limit ${mostHolders}`.execute(db);
  if (rows.length > 0) await expire(db, rows);
  return rows.length > 0;
}

/** Gives back everything that is held past its expiry, order by order, so that a slow one delays no other. @returns the number of orders. */
export async function sweep(db: Db): Promise<number> {
  const { rows } = await sql<{ order_id: string }>`
    select order_id from reservations where expires_at <= now() order by expires_at limit ${200}`.execute(db);
  for (const row of rows) await expire(db, [row]);
  return rows.length;
}

/**
 * Gives back what these orders hold past their expiry. An order that another call changes at the same time is left as it is. Like everywhere,
 * the orders are locked first, and then their stock.
 */
async function expire(db: Db, orders: { order_id: string }[]): Promise<void> {
  const orderIds = orders.map(({ order_id }) => order_id);
  await sql`
    with
      due as (
        select order_id, xmin::text as version from reservations
        where order_id = any(${orderIds}) and expires_at <= now()
      ),
      own as (
        select r.order_id from reservations r join due using (order_id)
        where r.xmin::text = due.version order by r.order_id for no key update of r
      ),
      held as (
        select order_id, shipment_id, sku, warehouse, quantity - restocked as quantity
        from pieces join own using (order_id) where state = 'reserved'
      ),
      moves as (select sku, warehouse, sum(quantity)::bigint as quantity from held group by sku, warehouse),
      locked as (
        select sku from stock join moves using (sku, warehouse) order by sku, warehouse for no key update of stock
      ),
      changed as (
        update reservations set expires_at = null from own
        where reservations.order_id = own.order_id and (select count(*) from locked) >= 0
      ),
      changed_pieces as (
        update pieces set state = 'expired' from held
        where pieces.order_id = held.order_id and pieces.shipment_id = held.shipment_id and pieces.sku = held.sku
      )
    update stock set available = stock.available + moves.quantity, reserved = stock.reserved - moves.quantity
    from moves where stock.sku = moves.sku and stock.warehouse = moves.warehouse and (select count(*) from locked) > 0`.execute(
    db,
  );
}

/** Sweeps once a second until the signal aborts. A failed sweep (the database is down) is logged, and the next one tries again. */
export async function sweepEverySecond(db: Db, log: Log, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const orders = await sweep(db);
      if (orders > 0) log.info({ orders }, 'expired reservations given back');
    } catch (error) {
      log.warn({ err: error }, 'sweep of expired reservations failed');
    }
    await sleep(1_000, undefined, { signal }).catch(() => undefined); // The loop ends when the signal aborts.
  }
}
