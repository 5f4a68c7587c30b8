import { setTimeout as sleep } from 'node:timers/promises';
import { sql, type Kysely } from 'kysely';
import type { Log } from '../support/database.js';
import { Busy } from '../support/idempotency.js';
import { readPieces, setState, type Tx } from './order-pieces.js';
import { LockedStock } from './stock.js';
import type { InventoryTables } from './tables.js';

/**
 * Gives back what other orders hold of these skus beyond their time, for an order that finds too little. The stock is locked
 * already, so no order's lock may be waited for.
 *
 * @returns whether anything came back.
 * @throws {Busy} when an order is being swept, renewed or committed right now: how that ends decides what there is.
 */
export async function expireHolders(tx: Tx, stock: LockedStock, skus: string[], orderId: string): Promise<boolean> {
  const due = await holdersBeyondTime(tx, skus, orderId);
  if (due.length === 0) return false;
  const { rows: locked } = await sql<{ order_id: string }>`
    select order_id from reservations where order_id = any(${due}) and expires_at <= now()
    for update skip locked`.execute(tx);
  const pieces = await readPieces(
    tx,
    locked.map((row) => row.order_id),
  );
  const expired = pieces.filter((piece) => piece.state === 'reserved' && skus.includes(piece.sku));
  await setState(tx, stock, expired, 'expired');
  if (locked.length < due.length && (await holdersBeyondTime(tx, skus, orderId)).length > 0) {
    throw new Busy('Reservations that have expired are being changed at this moment');
  }
  return expired.length > 0;
}

async function holdersBeyondTime(tx: Tx, skus: string[], orderId: string): Promise<string[]> {
  const { rows } = await sql<{ order_id: string }>`
    select order_id from reservations
    where expires_at <= now() and order_id <> ${orderId}
      and exists (
        select 1 from pieces
        where pieces.order_id = reservations.order_id and state = 'reserved' and sku = any(${skus})
      )`.execute(tx);
  return rows.map((row) => row.order_id);
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
