import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import type { QueryOf } from '../support/operation.js';
import { readPage } from '../support/pages.js';
import type { paymentContract } from './contract.js';
import type { PaymentTables } from './tables.js';

/** Payments by order id, with their operations in order. An order that was only voided has no payment. */
export async function listPayments(db: Kysely<PaymentTables>, query: QueryOf<typeof paymentContract.listPayments>) {
  const page = await readPage(query, {
    place: z.tuple([z.string()]),
    read: (limit, behind) => {
      let select = db
        .selectFrom('payments')
        .selectAll()
        .select((row) =>
          row
            .selectFrom('authorizations')
            .whereRef('authorizations.order_id', '=', 'payments.order_id')
            .select(sql<number>`coalesce(sum(held), 0)::bigint`.as('held'))
            .as('held'),
        )
        .where('currency', 'is not', null)
        .orderBy('order_id')
        .limit(limit);
      if (query.orderId !== undefined) select = select.where('order_id', '=', query.orderId);
      if (behind) select = select.where('order_id', '>', behind[0]);
      return select.execute();
    },
    placeOf: (row) => [row.order_id],
  });
  const orderIds = page.items.map((row) => row.order_id);
  const operations = await operationsOf(db, orderIds);
  return {
    ...page,
    items: page.items.map((row) => ({
      id: `pay_${row.order_id}`,
      orderId: row.order_id,
      currency: row.currency ?? '',
      authorized: row.held ?? 0,
      captured: row.captured,
      refunded: row.refunded,
      voided: row.let_go,
      operations: operations
        .filter(({ order_id }) => order_id === row.order_id)
        .map(({ id, kind, amount, at, key, subject, currency }) => ({
          id,
          kind,
          amount,
          at: at.toISOString(),
          key,
          ...(subject === null ? {} : { subject }),
          ...(currency === null || currency === row.currency ? {} : { currency }),
        })),
    })),
  };
}

function operationsOf(db: Kysely<PaymentTables>, orderIds: string[]) {
  return db
    .selectFrom('operations')
    .selectAll()
    .where('order_id', '=', sql<string>`any(${orderIds})`)
    .orderBy('order_id')
    .orderBy('seq')
    .execute();
}
