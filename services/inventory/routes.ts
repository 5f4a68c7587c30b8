import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import type { Handlers } from '../support/handlers.js';
import type { QueryOf } from '../support/operation.js';
import { readPage } from '../support/pages.js';
import { commit, uncommit } from './commit.js';
import type { inventoryContract } from './contract.js';
import { replace, restock } from './parcels.js';
import { reduce, release } from './release.js';
import { renew, reserve } from './reserve.js';
import { getStock, putStock } from './stock.js';
import type { InventoryTables } from './tables.js';

export const inventoryHandlers: Handlers<typeof inventoryContract, InventoryTables> = {
  reserve: { handle: ({ body }, tx) => reserve(tx, body), stands: ({ body }) => [reservationOf(body.orderId)] },
  release: {
    handle: ({ params, body }, tx) => release(tx, params.orderId, body.shipmentId),
    // A parcel that is given back alone leaves the reservation of the others as it is.
    undoes: ({ params, body }) => (body.shipmentId === undefined ? [reservationOf(params.orderId)] : []),
  },
  renew: {
    handle: ({ params, body }, tx) => renew(tx, params.orderId, body.holdMs),
    stands: ({ params }) => [reservationOf(params.orderId)],
  },
  reduce: {
    handle: ({ params, body }, tx) => reduce(tx, params.orderId, body.lines),
    stands: ({ params }) => [reservationOf(params.orderId)],
  },
  commit: {
    handle: ({ params }, tx) => commit(tx, params.orderId),
    stands: ({ params }) => [reservationOf(params.orderId), saleOf(params.orderId)],
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

async function listReservations(
  db: Kysely<InventoryTables>,
  query: QueryOf<typeof inventoryContract.listReservations>,
) {
  const page = await readPage(query, {
    place: z.tuple([z.string(), z.string(), z.string()]),
    read: (limit, behind) => {
      let select = db
        .selectFrom('pieces')
        .innerJoin('reservations', 'reservations.order_id', 'pieces.order_id')
        .selectAll('pieces')
        .select('expires_at')
        .orderBy('pieces.order_id')
        .orderBy('shipment_id')
        .orderBy('sku')
        .limit(limit);
      if (query.orderId !== undefined) select = select.where('pieces.order_id', '=', query.orderId);
      if (behind) select = select.where(sql<boolean>`(pieces.order_id, shipment_id, sku) > (${sql.join(behind)})`);
      return select.execute();
    },
    placeOf: (row) => [row.order_id, row.shipment_id, row.sku],
  });
  return {
    ...page,
    items: page.items.map(({ order_id, shipment_id, warehouse, sku, quantity, restocked, state, expires_at }) => ({
      orderId: order_id,
      shipmentId: shipment_id,
      warehouse,
      sku,
      quantity,
      restocked,
      state,
      ...(state === 'reserved' && expires_at ? { expiresAt: expires_at.toISOString() } : {}),
    })),
  };
}
