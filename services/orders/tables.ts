import type { JSONColumnType } from 'kysely';
import type { OrderView, ReturnView } from '../../contracts/order.js';
import type { LatePayment } from '../../contracts/publication.js';
import type { OrderStatus } from '../../contracts/statuses.js';

/** Rows as they are read: only the functions of the migrations write them. `view` is null while the book has only returns or late payments. */
interface OrdersTable {
  order_id: string;
  fingerprint: string | null;
  view: JSONColumnType<OrderView> | null;
  shop_id: string | null;
  customer_id: string | null;
  reference: string | null;
  status: OrderStatus | null;
  placed_at: Date | null;
  due_at: Date | null;
  returns_at: number | null;
  returns: JSONColumnType<ReturnView[]>;
  late_payments: JSONColumnType<Record<string, LatePayment>>;
  revision: number;
  change: number | null;
}

export interface BookTables {
  orders: OrdersTable;
}
