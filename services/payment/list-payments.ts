import { sql } from 'kysely';
import { z } from 'zod';
import { sortedList } from '../support/pages.js';

/** Payments by order id, with their operations in order. An order that was only voided has no payment. */
export const listPayments = sortedList({
  columns: sql`'pay_' || order_id as id, order_id as "orderId", currency,
    (select coalesce(sum(held), 0)::bigint from authorizations a where a.order_id = payments.order_id) as authorized,
    captured, refunded, let_go as voided,
    (
      select coalesce(json_agg(json_strip_nulls(json_build_object(
        'id', id, 'kind', kind, 'amount', amount,
        'at', to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'key', key, 'subject', subject,
        'currency', nullif(o.currency, payments.currency)
      )) order by seq), '[]')
      from operations o where o.order_id = payments.order_id
    ) as operations`,
  from: sql`payments`,
  where: sql`currency is not null`,
  sortedBy: { order_id: z.string() },
});
