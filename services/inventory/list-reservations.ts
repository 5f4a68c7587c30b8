import { sql } from 'kysely';
import { z } from 'zod';
import { sortedList } from '../support/pages.js';

export const listReservations = sortedList({
  columns: sql`order_id as "orderId", shipment_id as "shipmentId", warehouse, sku, quantity, restocked, state,
    case when state = 'reserved' then expires_at end as "expiresAt"`,
  from: sql`pieces join reservations using (order_id)`,
  sortedBy: { order_id: z.string(), shipment_id: z.string(), sku: z.string() },
});
