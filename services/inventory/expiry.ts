import { setTimeout as sleep } from 'node:timers/promises';
import { sql, type Kysely } from 'kysely';
import type { Log } from '../support/database.js';
import { Busy } from '../support/idempotency.js';
import { readPieces, setState, updateReservation, type Tx } from './order-pieces.js';
import { LockedStock } from './stock.js';
import type { InventoryTables } from './tables.js';

/**
 * Gives back pieces of these skus that other orders hold past their expiry, for an order that finds too little. The stock is already
 * locked, so this must not wait for the lock of another order.
 *
 * @returns whether it gave anything back.
 * @throws {Busy} while another call sweeps, renews or commits such an order: its outcome decides what is in stock.
 */
export async function expireHolders(tx: Tx, stock: LockedStock, skus: string[], orderId: string): Promise<boolean> {
  const due = await expiredHolders(tx, skus, orderId);
  if (due.length === 0) return false;
  const { rows: locked } = await sql<{ order_id: string }>`
    select order_id from reservations where order_id = any(${due}) and expires_at <= now()
    for update skip locked`.execute(tx);
  const orderIds = locked.map((row) => row.order_id);
  const pieces = await readPieces(tx, orderIds);
  const expired = pieces.filter((piece) => piece.state === 'reserved' && skus.includes(piece.sku));
  await setState(tx, stock, expired, 'expired');
  if (locked.length < due.length && (await expiredHolders(tx, skus, orderId)).length > 0) {
    throw new Busy('Another call is changing expired reservations');
  }
  return expired.length > 0;
}

async function expiredHolders(tx: Tx, skus: string[], orderId: string): Promise<string[]> {
  const { rows } = await sql<{ order_id: string }>`
    select order_id from reservations
    where expires_at <= now() and order_id <> ${orderId}
      and exists (
        select 1 from pieces
        where pieces.order_id = reservations.order_id and state = 'reserved' and sku = any(${skus})
      )`.execute(tx);
  return rows.map((row) => row.order_id);
}

/** Gives back everything that is held past its expiry. @returns the number of orders. */
export async function sweep(db: Kysely<InventoryTables>): Promise<number> {
  const due = await db
    .selectFrom('reservations')
    .select('order_id')
    .where('expires_at', '<=', sql<Date>`now()`)
    .orderBy('expires_at')
    .limit(200)
    .execute();
  for (const { order_id } of due) await db.transaction().execute((tx) => expireOrder(tx, order_id));
  return due.length;
}

async function expireOrder(tx: Tx, orderId: string): Promise<void> {
  const locked = await tx
    .selectFrom('reservations')
    .select('order_id')
    .where('order_id', '=', orderId)
    .where('expires_at', '<=', sql<Date>`now()`)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (!locked) return;
  const pieces = (await readPieces(tx, [orderId])).filter(({ state }) => state === 'reserved');
  const stock = await LockedStock.lock(tx, pieces);
  await setState(tx, stock, pieces, 'expired');
  await stock.save(tx);
  await updateReservation(tx, orderId, { expires_at: null });
}

/** Sweeps once a second until the signal aborts. A failed sweep (the database is down) is logged, and the next one tries again. */
export async function sweepEverySecond(db: Kysely<InventoryTables>, log: Log, signal: AbortSignal): Promise<void> {
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
