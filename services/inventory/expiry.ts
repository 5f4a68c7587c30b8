import { setTimeout as sleep } from 'node:timers/promises';
import { sql, type Kysely } from 'kysely';
import type { Log } from '../support/database.js';
import { readPieces, setState, type Tx } from './order-pieces.js';
import { LockedStock } from './stock.js';
import type { InventoryTables } from './tables.js';

/**
 * Gives back what other orders hold of these skus beyond their time, for an order that finds too little. The stock is locked
 * already, so no order's lock may be waited for: one that is busy is passed over.
 *
 * @returns whether anything came back.
 */
export async function expireHolders(tx: Tx, stock: LockedStock, skus: string[], orderId: string): Promise<boolean> {
  const { rows } = await sql<{ order_id: string }>`
    select order_id from reservations
    where expires_at <= now() and order_id <> ${orderId}
      and exists (select 1 from pieces where pieces.order_id = reservations.order_id and state = 'reserved' and sku = any(${skus}))
    for update skip locked`.execute(tx);
  if (rows.length === 0) return false;
  const pieces = await readPieces(
    tx,
    rows.map((row) => row.order_id),
  );
  const expired = pieces.filter((piece) => piece.state === 'reserved' && skus.includes(piece.sku));
  await setState(tx, stock, expired, 'expired');
  return expired.length > 0;
}

/** Gives back everything that is held beyond its time. @returns the number of orders. */
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
  const stock = await LockedStock.lock(
    tx,
    pieces.map(({ sku }) => sku),
  );
  await setState(tx, stock, pieces, 'expired');
  await stock.save(tx);
  await tx.updateTable('reservations').set({ expires_at: null }).where('order_id', '=', orderId).execute();
}

/** Sweeps once a second until the signal aborts. A sweep that fails (the database is away) is logged and tried again. */
export async function sweepAgainAndAgain(db: Kysely<InventoryTables>, log: Log, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const orders = await sweep(db);
      if (orders > 0) log.info({ orders }, 'expired reservations were given back');
    } catch (error) {
      log.warn({ err: error }, 'the sweep of expired reservations failed');
    }
    await sleep(1_000, undefined, { signal }).catch(() => undefined); // Aborted: the loop ends.
  }
}
