import { sql, type Kysely } from 'kysely';
import type { LatePayment } from '../../contracts/publication.js';
import type { BookTables } from './tables.js';

/**
 * Adds late payments to the order. Each is stored once, and never changes.
 *
 * @returns the revision of the order afterwards: 0 while the book does not have the order itself.
 */
export async function publishLatePayments(
  db: Kysely<BookTables>,
  orderId: string,
  payments: readonly LatePayment[],
): Promise<number> {
  const byId = Object.fromEntries(payments.map((payment) => [payment.id, payment]));
  const { rows } = await sql<{ revision: number }>`
    select publish_late_payments(${orderId}, ${JSON.stringify(byId)}::jsonb) as revision`.execute(db);
  return rows[0]!.revision;
}
