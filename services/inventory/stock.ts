import { sql, type Kysely } from 'kysely';
import { Rejection } from '../support/errors.js';
import type { Level } from './allocate.js';
import type { InventoryTables, PieceState, StockRow } from './tables.js';

type Column = 'available' | 'reserved' | 'committed';

/** The stock column that counts pieces of a state. */
export function columnOf(state: PieceState): Column {
  return state === 'reserved' || state === 'committed' ? state : 'available';
}

/**
 * Locked stock rows. Moves happen in memory, and `save` writes them in one statement. A move takes from one column what it adds to
 * another, so the sum of a row does not change.
 */
export class LockedStock {
  private readonly rows: Map<string, StockRow>;
  private readonly changed = new Set<StockRow>();

  private constructor(rows: StockRow[]) {
    this.rows = new Map(rows.map((row) => [`${row.sku}/${row.warehouse}`, row]));
  }

  /** Locks all rows of the skus of these lines or pieces, always in the same order, so that two callers never wait for each other. */
  static async lock(tx: Kysely<InventoryTables>, of: readonly { sku: string }[]): Promise<LockedStock> {
    const rows = await tx
      .selectFrom('stock')
      .selectAll()
      .where('sku', '=', sql<string>`any(${[...new Set(of.map(({ sku }) => sku))]})`)
      .orderBy('sku')
      .orderBy('warehouse')
      .forUpdate()
      .execute();
    return new LockedStock(rows);
  }

  get levels(): Level[] {
    return [...this.rows.values()];
  }

  has(sku: string): boolean {
    return this.levels.some((level) => level.sku === sku);
  }

  available(sku: string, warehouse: string): number {
    return this.rows.get(`${sku}/${warehouse}`)?.available ?? 0;
  }

  move(place: { sku: string; warehouse: string }, from: Column, to: Column, quantity: number): void {
    const row = this.rows.get(`${place.sku}/${place.warehouse}`);
    if (!row) throw new Error(`The stock of ${place.sku} in ${place.warehouse} is not locked`);
    row[from] -= quantity;
    row[to] += quantity;
    this.changed.add(row);
  }

  async save(tx: Kysely<InventoryTables>): Promise<void> {
    const rows = [...this.changed];
    if (rows.length === 0) return;
    const column = (name: keyof StockRow) => rows.map((row) => row[name]);
    await sql`
      update stock set available = new.available, reserved = new.reserved, committed = new.committed
      from unnest(${column('sku')}::text[], ${column('warehouse')}::text[], ${column('available')}::bigint[],
                  ${column('reserved')}::bigint[], ${column('committed')}::bigint[])
        as new (sku, warehouse, available, reserved, committed)
      where stock.sku = new.sku and stock.warehouse = new.warehouse`.execute(tx);
    this.changed.clear();
  }
}

/** @throws {Rejection} not_found if the sku was never in stock. */
export async function getStock(db: Kysely<InventoryTables>, sku: string) {
  const warehouses = await db
    .selectFrom('stock')
    .select(['warehouse', 'available', 'reserved', 'committed'])
    .where('sku', '=', sku)
    .orderBy('warehouse')
    .execute();
  if (warehouses.length === 0) throw new Rejection('not_found', `There is no sku ${sku}`);
  return { sku, warehouses };
}

/** Sets the quantity that is free to sell in these warehouses. Others keep theirs. */
export async function putStock(
  db: Kysely<InventoryTables>,
  sku: string,
  warehouses: { warehouse: string; available: number }[],
) {
  // Sorted, so that the statement locks its rows in the order of LockedStock.
  const sorted = warehouses.toSorted((a, b) => (a.warehouse < b.warehouse ? -1 : 1));
  await db
    .insertInto('stock')
    .values(sorted.map(({ warehouse, available }) => ({ sku, warehouse, available, reserved: 0, committed: 0 })))
    .onConflict((conflict) =>
      conflict.columns(['sku', 'warehouse']).doUpdateSet((row) => ({ available: row.ref('excluded.available') })),
    )
    .execute();
  return getStock(db, sku);
}
