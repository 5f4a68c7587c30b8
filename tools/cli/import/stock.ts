import { isDeepStrictEqual } from 'node:util';
import pMap from 'p-map';
import { orderIdFor } from '../../../src/temporal/ids.js';
import { HttpRejection, type Http } from '../http.js';
import type { OrderPlan } from './plan.js';

/** Pieces of a product over all its warehouses. */
export interface Pieces {
  available: number;
  reserved: number;
  committed: number;
}

interface StockLevel extends Pieces {
  warehouse: string;
}

/** A line of GET /v1/reservations. */
export interface ReservationLine {
  sku: string;
  quantity: number;
  restocked: number;
  state: 'reserved' | 'committed' | 'released' | 'expired';
}

/** How many requests are open at a time. */
const atATime = { concurrency: 16 };

/** What the inventory service stores for the log's products and orders. */
export interface Inventory {
  /** By product; a product that the service does not know has no entry. */
  levels: Map<string, StockLevel[]>;
  /** By order id. Empty when the order never had a reservation. */
  reservations: Map<string, ReservationLine[]>;
}

/**
 * Reads levels and reservations of the same moment. They are read one after the other, and again if something has changed in between: orders
 * that an interrupted import placed continue by themselves. After `withinMs`, the last reading counts.
 */
export async function readInventory(
  http: Http,
  shopId: string,
  plans: readonly OrderPlan[],
  withinMs = 30_000,
): Promise<Inventory> {
  const skus = [...new Set(plans.flatMap(({ stock }) => stock.map(({ sku }) => sku)))];
  const until = performance.now() + withinMs;
  for (let levels = await readLevels(http, skus); ;) {
    const reservations = new Map<string, ReservationLine[]>();
    const readReservations = async ({ reference }: OrderPlan): Promise<void> => {
      const orderId = orderIdFor(shopId, reference);
      reservations.set(orderId, await getReservations(http, orderId));
    };
    await pMap(plans, readReservations, atATime);
    const now = await readLevels(http, skus);
    if (isDeepStrictEqual(levels, now) || performance.now() > until) return { levels: now, reservations };
    levels = now;
  }
}

async function readLevels(http: Http, skus: readonly string[]): Promise<Map<string, StockLevel[]>> {
  const found = await pMap(skus, async (sku) => [sku, await getStock(http, sku)] as const, atATime);
  return new Map(found.filter((entry): entry is [string, StockLevel[]] => entry[1] !== undefined));
}

/**
 * Adds the stock that orders without a reservation need. An order that had a reservation needs nothing, so the same log, a part of it, or a log
 * that overlaps adds no stock a second time.
 *
 * @returns the inventory after that, and how many levels were set.
 */
export async function stockFor(
  http: Http,
  shopId: string,
  plans: readonly OrderPlan[],
): Promise<{ inventory: Inventory; set: number }> {
  const inventory = await readInventory(http, shopId, plans);
  const needs = needsOf(
    plans.filter(({ reference }) => !inventory.reservations.get(orderIdFor(shopId, reference))?.length),
  );
  const changes = [...needs].flatMap(([sku, need]) => {
    const warehouses = topUp(need, inventory.levels.get(sku) ?? []);
    return warehouses.length ? [{ sku, warehouses }] : [];
  });
  const setLevels = async ({ sku, warehouses }: (typeof changes)[number]): Promise<void> => {
    const answer = await http.send<{ warehouses: StockLevel[] }>('inventory', 'PUT', `/v1/stock/${sku}`, {
      body: { warehouses },
    });
    inventory.levels.set(sku, answer.body.warehouses);
  };
  await pMap(changes, setLevels, atATime);
  return { inventory, set: changes.reduce((sum, { warehouses }) => sum + warehouses.length, 0) };
}

/** Pieces needed, by product and warehouse. */
function needsOf(plans: readonly OrderPlan[]): Map<string, Map<string, number>> {
  const needs = new Map<string, Map<string, number>>();
  for (const { sku, warehouse, quantity } of plans.flatMap(({ stock }) => stock)) {
    const need = needs.get(sku) ?? new Map<string, number>();
    need.set(warehouse, (need.get(warehouse) ?? 0) + quantity);
    needs.set(sku, need);
  }
  return needs;
}

/**
 * The levels to set so that there is enough of a product. Two sellers may have the same product, and the inventory takes it from either. So the
 * sum counts, and missing pieces go to the sellers that have too few.
 */
function topUp(
  need: ReadonlyMap<string, number>,
  levels: readonly Pick<StockLevel, 'warehouse' | 'available'>[],
): { warehouse: string; available: number }[] {
  const free = (warehouse: string): number => levels.find((level) => level.warehouse === warehouse)?.available ?? 0;
  const wanted = [...need.values()].reduce((sum, pieces) => sum + pieces, 0);
  let lacking = wanted - levels.reduce((sum, { available }) => sum + available, 0);
  const changes: { warehouse: string; available: number }[] = [];
  for (const [warehouse, pieces] of need) {
    const add = Math.min(lacking, pieces - free(warehouse));
    if (add <= 0) continue;
    changes.push({ warehouse, available: free(warehouse) + add });
    lacking -= add;
  }
  return changes;
}

/** Sums over all warehouses; zeros for an unknown product. */
export function piecesOf(levels: readonly StockLevel[] | undefined): Pieces {
  const sum = { available: 0, reserved: 0, committed: 0 };
  for (const level of levels ?? []) {
    sum.available += level.available;
    sum.reserved += level.reserved;
    sum.committed += level.committed;
  }
  return sum;
}

async function getStock(http: Http, sku: string): Promise<StockLevel[] | undefined> {
  try {
    return (await http.send<{ warehouses: StockLevel[] }>('inventory', 'GET', `/v1/stock/${sku}`)).body.warehouses;
  } catch (error) {
    if (error instanceof HttpRejection && (error.status === 404 || error.code === 'not_found')) return undefined;
    throw error;
  }
}

async function getReservations(http: Http, orderId: string): Promise<ReservationLine[]> {
  const lines: ReservationLine[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { body } = await http.send<{ items: ReservationLine[]; nextCursor: string | null }>(
      'inventory',
      'GET',
      `/v1/reservations?orderId=${orderId}&limit=200${from}`,
    );
    lines.push(...body.items);
    cursor = body.nextCursor;
  }
  return lines;
}
