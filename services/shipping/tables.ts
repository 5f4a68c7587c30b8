import type { ColumnType, Generated, JSONColumnType } from 'kysely';
import type { Address, LineQuantity } from '../../contracts/order.js';

type Timestamp = ColumnType<Date, Date | string, Date | string>;

/** `booked_at` is null if the row is a cancellation that came before the booking. Then the columns of the booking are null, too. */
interface BookingsTable {
  number: Generated<number>;
  shipment_id: string;
  order_id: string;
  status: 'booked' | 'dispatched' | 'delivered' | 'cancelled';
  warehouse: string | null;
  carrier: 'simulated' | 'external' | null;
  tracking_number: string | null;
  lines: JSONColumnType<LineQuantity[], string, string> | null;
  address: JSONColumnType<Address, string, string> | null;
  booked_at: Timestamp | null;
  updated_at: ColumnType<Date, Date | string | undefined, Date | string>;
}

export interface CarrierMessagesTable {
  id: string;
  shipment_id: string;
  type: 'shipment.dispatched' | 'shipment.delivered';
  state: Generated<'due' | 'sent' | 'given_up' | 'void'>;
  due_at: Timestamp;
  happened_at: Timestamp | null;
  attempts: Generated<number>;
  last_answer: string | null;
  settled_at: Timestamp | null;
}

export interface ShippingTables {
  bookings: BookingsTable;
  carrier_messages: CarrierMessagesTable;
}
