import type { Handlers } from '../support/handlers.js';
import { commit, uncommit } from './commit.js';
import type { inventoryContract } from './contract.js';
import { listReservations } from './list-reservations.js';
import { reduce } from './reduce.js';
import { release } from './release.js';
import { replace } from './replace.js';
import { renew, reserve } from './reserve.js';
import { restock } from './restock.js';
import { getStock, putStock } from './stock.js';
import type { InventoryTables } from './tables.js';

export const inventoryHandlers: Handlers<typeof inventoryContract, InventoryTables> = {
  reserve: { handle: ({ body }, tx) => reserve(tx, body), reliesOn: ({ body }) => [reservationOf(body.orderId)] },
  release: {
    handle: ({ params, body }, tx) => release(tx, params.orderId, body.shipmentId),
    // Releasing one parcel does not undo the reservation.
    undoes: ({ params, body }) => (body.shipmentId === undefined ? [reservationOf(params.orderId)] : []),
  },
  renew: {
    handle: ({ params, body }, tx) => renew(tx, params.orderId, body.holdMs),
    reliesOn: ({ params }) => [reservationOf(params.orderId)],
  },
  reduce: {
    handle: ({ params, body }, tx) => reduce(tx, params.orderId, body.lines),
    reliesOn: ({ params }) => [reservationOf(params.orderId)],
  },
  commit: {
    handle: ({ params }, tx) => commit(tx, params.orderId),
    reliesOn: ({ params }) => [reservationOf(params.orderId), saleOf(params.orderId)],
  },
  uncommit: {
    handle: ({ params, body }, tx) => uncommit(tx, params.orderId, body.shipmentId),
    undoes: ({ params, body }) => (body.shipmentId === undefined ? [saleOf(params.orderId)] : []),
  },
  replace: ({ params, body }, tx) => replace(tx, params.orderId, body.lostShipmentId),
  restock: ({ body }, tx) => restock(tx, body),
  getStock: ({ params }, db) => getStock(db, params.sku),
  putStock: ({ params, body }, db) => putStock(db, params.sku, body.warehouses),
  listReservations: ({ query }, db) => listReservations(db, query),
};

function reservationOf(orderId: string): string {
  return `reservation ${orderId}`;
}

function saleOf(orderId: string): string {
  return `sale ${orderId}`;
}
