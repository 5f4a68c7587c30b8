import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import type { QueryOf } from '../support/operation.js';
import { readPage } from '../support/pages.js';
import type { inventoryContract } from './contract.js';
import type { InventoryTables } from './tables.js';

export async function listReservations(
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
