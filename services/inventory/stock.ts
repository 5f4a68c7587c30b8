import { sql } from 'kysely';
import type { Db } from '../support/database.js';
import { Rejection } from '../support/errors.js';
import type { Level } from './allocate.js';
import type { PieceState } from './tables.js';

type Column = 'available' | 'reserved' | 'committed';

/** The stock column that counts pieces of a state. */
export function columnOf(state: PieceState): Column {
  return state === 'reserved' || state === 'committed' ? state : 'available';
}

interface Row extends Level {
  /** What moves add to each column. */
  moved: Record<Column, number>;
}

/** The stock of some skus. Moves happen in memory. A move takes from one column what it adds to another, so their sum does not change. */
export class Stock {
  private readonly rows: Map<string, Row>;

  constructor(levels: readonly Level[]) {
    const unmoved = { available: 0, reserved: 0, committed: 0 };
    this.rows = new Map(levels.map((level) => [keyOf(level), { ...level, moved: { ...unmoved } }]));
  }

  get levels(): Level[] {
    return [...this.rows.values()];
  }

  has(sku: string): boolean {
    return this.levels.some((level) => level.sku === sku);
  }

  available(sku: string, warehouse: string): number {
    return this.rows.get(keyOf({ sku, warehouse }))?.available ?? 0;
  }

  move(place: Place, from: Column, to: Column, quantity: number): void {
    const row = this.rows.get(keyOf(place));
    if (!row) throw new Error(`The stock of ${place.sku} in ${place.warehouse} was not read`);
    row.moved[from] -= quantity;
    row.moved[to] += quantity;
    if (from === 'available') row.available -= quantity;
    if (to === 'available') row.available += quantity;
  }

  /** What changes, by row. */
  get moves() {
    return [...this.rows.values()]
      .map(({ sku, warehouse, moved }) => ({ sku, warehouse, ...moved }))
      .filter(({ available, reserved, committed }) => available !== 0 || reserved !== 0 || committed !== 0);
  }
}

interface Place {
  sku: string;
  warehouse: string;
}

function keyOf({ sku, warehouse }: Place): string {
  return `${sku}/${warehouse}`;
}

/** @throws {Rejection} not_found if the sku was never in stock. */
export async function getStock(db: Db, sku: string) {
  const { rows: warehouses } = await sql<{ warehouse: string } & Record<Column, number>>`
    select warehouse, available, reserved, committed from stock where sku = ${sku} order by warehouse`.execute(db);
  if (warehouses.length === 0) throw new Rejection('not_found', `There is no sku ${sku}`);
  return { sku, warehouses };
}

/** Sets the quantity that is free to sell in these warehouses. Others keep theirs. */
export async function putStock(db: Db, sku: string, warehouses: { warehouse: string; available: number }[]) {
  // Sorted, so that the rows are locked in the order of all other statements.
  const sorted = warehouses.toSorted((a, b) => (a.warehouse < b.warehouse ? -1 : 1));
  await sql`
    insert into stock (sku, warehouse, available)
    select ${sku}, warehouse, available from json_to_recordset(${JSON.stringify(sorted)})
      as put (warehouse text, available bigint)
    on conflict (sku, warehouse) do update set available = excluded.available`.execute(db);
  return getStock(db, sku);
}
