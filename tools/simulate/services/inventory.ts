import { changes } from '../../../services/inventory/changes.js';
import type { InventoryClient } from '../../../services/inventory/client.js';
import { inventoryContract } from '../../../services/inventory/contract.js';
import { held, type OrderPieces } from '../../../services/inventory/order-pieces.js';
import { inventoryHandlers } from '../../../services/inventory/routes.js';
import { orderFrom, removedFrom } from '../../../services/inventory/store.js';
import type { Line, Piece, Reservation } from '../../../services/inventory/tables.js';
import { orderIdOf, type AboutOrder } from '../../../services/support/handlers.js';
import { Rejection } from '../../../services/support/errors.js';
import { Keys } from './keys.js';
import { memoryClient, type Changing, type MemoryHandlers, type Outcome } from './memory-client.js';
import { pageOf } from './page.js';
import type { World } from './world.js';

/** A row of the table `stock`. */
export interface StockRow {
  sku: string;
  warehouse: string;
  available: number;
  reserved: number;
  committed: number;
  /** What `putStock` has added to `available`, less what it has taken away. Not in the real table. */
  put: number;
}

type Handlers = MemoryHandlers<typeof inventoryContract>;

/** The inventory service in memory: its real rules on tables that are maps. */
export class InventoryInMemory {
  /** Sorted by sku and warehouse. */
  stock: StockRow[] = [];
  reservations = new Map<string, Reservation>();
  /** By order, sorted by shipment id and sku. */
  pieces = new Map<string, Piece[]>();
  readonly keys: Keys;
  readonly client: InventoryClient;

  /** @param initial what there is at first, sorted by sku and warehouse. */
  constructor(
    private readonly world: World,
    private readonly initial: readonly (readonly [sku: string, warehouse: string, available: number])[],
  ) {
    this.keys = new Keys(world);
    this.client = memoryClient(inventoryContract, this.handlers(), {
      service: 'inventory',
      keys: this.keys,
      wait: world.wait,
      checksValues: world.checksValues,
    });
    this.reset();
  }

  reset(): void {
    this.stock = this.initial.map(([sku, warehouse, available]) => newRow(sku, warehouse, available));
    this.reservations = new Map();
    this.pieces = new Map();
    this.keys.reset();
  }

  /** Sets what is free to sell in a warehouse. */
  put(sku: string, warehouse: string, available: number): void {
    let row = this.row(sku, warehouse);
    if (!row) {
      row = newRow(sku, warehouse, 0);
      this.stock.push(row);
      this.stock.sort((a, b) => compare(a.sku, b.sku) || compare(a.warehouse, b.warehouse));
    }
    row.put += available - row.available;
    row.available = available;
  }

  /** Gives back everything that is held past its expiry. The real service does it once a second. @returns the number of orders. */
  sweep(): number {
    const due = [...this.reservations.values()].filter((one) => this.isExpired(one));
    due.sort((a, b) => Date.parse(a.expires_at as string) - Date.parse(b.expires_at as string));
    for (const reservation of due) this.expire(reservation);
    return due.length;
  }

  private handlers(): Handlers {
    const change = <Name extends keyof typeof changes>(name: Name): Changing<(typeof inventoryContract)[Name]> => {
      const { undoes, reliesOn } = inventoryHandlers[name] as unknown as Changing<unknown>;
      const act = changes[name] as (order: OrderPieces, request: AboutOrder) => unknown;
      return { decide: (request) => this.change(act, request) as Outcome<never>, undoes, reliesOn };
    };
    return {
      reserve: change('reserve'),
      release: change('release'),
      renew: change('renew'),
      reduce: change('reduce'),
      commit: change('commit'),
      uncommit: change('uncommit'),
      replace: change('replace'),
      stopReplacing: change('stopReplacing'),
      restock: change('restock'),
      getStock: ({ params }) => this.levels(params.sku),
      putStock: ({ params, body }) => {
        for (const { warehouse, available } of body.warehouses) this.put(params.sku, warehouse, available);
        return this.levels(params.sku);
      },
      listReservations: ({ query }) =>
        pageOf(query, this.listed(query?.orderId), (item) => [item.orderId, item.shipmentId, item.sku]),
    };
  }

  /** Reads an order, and changes it in memory. If other orders have to give back what they held too long, it reads again. */
  private change(act: (order: OrderPieces, request: AboutOrder) => unknown, request: AboutOrder): Outcome<unknown> {
    const { lines }: { lines?: Line[] } = request.body;
    const orderId = orderIdOf(request);
    for (;;) {
      const order = this.read(orderId, lines);
      try {
        const answer = act(order, request);
        if (!this.expireHolders(order)) return { answer, effect: () => this.write(order) };
      } catch (error) {
        if (!this.expireHolders(order)) throw error;
      }
    }
  }

  private read(orderId: string, more: readonly Line[] = []): OrderPieces {
    const reservation = this.reservations.get(orderId);
    const pieces = (this.pieces.get(orderId) ?? []).map((piece) => ({ ...piece }));
    const skus = new Set([...more.map(({ sku }) => sku), ...pieces.map(({ sku }) => sku)]);
    return orderFrom(orderId, {
      reservation: reservation ? { ...reservation } : null,
      version: null,
      pieces,
      levels: this.stock.filter(({ sku }) => skus.has(sku)),
      now: new Date(this.world.now()).toISOString(),
    });
  }

  /** Does what the statement of `effectOf` does. */
  private write(order: OrderPieces): void {
    const { orderId, reservation, pieces, stock, changed, stored } = order;
    const moves = stock.moves.map((move) => ({ move, row: this.row(move.sku, move.warehouse) as StockRow }));
    for (const { move, row } of moves) check(row, move);
    for (const { move, row } of moves) add(row, move);
    this.reservations.set(orderId, reservation);
    const removed = removedFrom(pieces, stored);
    const rows = (this.pieces.get(orderId) ?? []).filter((row) => !removed.some((piece) => isSame(row, piece)));
    for (const piece of pieces) {
      if (!changed.has(piece)) continue;
      if (piece.quantity <= 0 || piece.restocked > piece.quantity) throw new Error('violates a check of pieces');
      const row = rows.find((one) => isSame(one, piece));
      if (!row) rows.push({ ...piece });
      else {
        const { quantity, restocked, state, lost } = piece;
        Object.assign(row, { quantity, restocked, state, lost });
      }
    }
    rows.sort((a, b) => compare(a.shipment_id, b.shipment_id) || compare(a.sku, b.sku));
    this.pieces.set(orderId, rows);
  }

  /** Does what `expireHolders` does. @returns whether another order had to give something back. */
  private expireHolders({ orderId, short }: OrderPieces): boolean {
    if (short.length === 0) return false;
    const holders = [...this.reservations.values()].filter(
      (one) =>
        one.order_id !== orderId &&
        this.isExpired(one) &&
        this.pieces.get(one.order_id)?.some(({ state, sku }) => state === 'reserved' && short.includes(sku)),
    );
    for (const holder of holders) this.expire(holder);
    return holders.length > 0;
  }

  private isExpired({ expires_at }: Reservation): boolean {
    return expires_at !== null && Date.parse(expires_at) <= this.world.now();
  }

  private expire(reservation: Reservation): void {
    reservation.expires_at = null;
    for (const piece of this.pieces.get(reservation.order_id) ?? []) {
      if (piece.state !== 'reserved') continue;
      const move = { available: held(piece), reserved: -held(piece), committed: 0 };
      add(this.row(piece.sku, piece.warehouse) as StockRow, move);
      piece.state = 'expired';
    }
  }

  private row(sku: string, warehouse: string): StockRow | undefined {
    return this.stock.find((row) => row.sku === sku && row.warehouse === warehouse);
  }

  private levels(sku: string) {
    const warehouses = this.stock
      .filter((row) => row.sku === sku)
      .map(({ warehouse, available, reserved, committed }) => ({ warehouse, available, reserved, committed }));
    if (warehouses.length === 0) throw new Rejection('not_found', `There is no sku ${sku}`);
    return { sku, warehouses };
  }

  private listed(orderId: string | undefined) {
    const orders = orderId === undefined ? [...this.pieces.keys()].sort(compare) : [orderId];
    return orders.flatMap((order) =>
      (this.pieces.get(order) ?? []).map((piece) => {
        const { shipment_id: shipmentId, warehouse, sku, quantity, restocked, state } = piece;
        const expires = state === 'reserved' ? this.reservations.get(order)?.expires_at : null;
        const item = { orderId: order, shipmentId, warehouse, sku, quantity, restocked, state };
        return expires ? { ...item, expiresAt: expires } : item;
      }),
    );
  }
}

function newRow(sku: string, warehouse: string, available: number): StockRow {
  return { sku, warehouse, available, reserved: 0, committed: 0, put: available };
}

type Amounts = Pick<StockRow, 'available' | 'reserved' | 'committed'>;

/** The checks of the table: the last line against overselling. */
function check(row: StockRow, move: Amounts): void {
  if (row.available + move.available < 0 || row.reserved + move.reserved < 0 || row.committed + move.committed < 0) {
    throw new Error(`The stock of ${row.sku} in ${row.warehouse} would be negative`);
  }
}

function add(row: StockRow, move: Amounts): void {
  row.available += move.available;
  row.reserved += move.reserved;
  row.committed += move.committed;
}

function isSame(a: Piece, b: Piece): boolean {
  return a.shipment_id === b.shipment_id && a.sku === b.sku;
}

/** The order of the collation "C". */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
