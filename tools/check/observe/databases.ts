import pg from 'pg';
import type { Observation, ServiceCall } from '../observation.js';

/** The services whose databases are read. */
export const databases = ['orders', 'inventory', 'payment', 'shipping', 'notification'] as const;
export type DatabaseName = (typeof databases)[number];

type Tables = Required<Pick<Observation, 'book' | 'inventory' | 'payment' | 'shipping' | 'notification' | 'calls'>>;

/** What stands in the services' databases. Each is read as of one moment. */
export async function readDatabases(urls: Record<DatabaseName, string>): Promise<Tables> {
  const book = await inOneMoment(urls.orders, readBook);
  // The parts that come later in an order's life are read later, so that what they have has its cause in what was read before.
  const inventory = await inOneMoment(urls.inventory, async (read) => ({
    tables: await readInventory(read),
    calls: await readCalls(read, 'inventory'),
  }));
  const payment = await inOneMoment(urls.payment, async (read) => ({
    tables: await readPayment(read),
    calls: await readCalls(read, 'payment'),
  }));
  const shipping = await inOneMoment(urls.shipping, async (read) => ({
    tables: await readShipping(read),
    calls: await readCalls(read, 'shipping'),
  }));
  const notification = await inOneMoment(urls.notification, async (read) => ({
    tables: await read<Tables['notification'][number]>(`
      select order_id as "orderId", event, subject, state from notifications order by number`),
    calls: await readCalls(read, 'notification'),
  }));
  return {
    book,
    inventory: inventory.tables,
    payment: payment.tables,
    shipping: shipping.tables,
    notification: notification.tables,
    calls: [...inventory.calls, ...payment.calls, ...shipping.calls, ...notification.calls],
  };
}

/** Runs a query. A null of a row is left out, as JSON has it in an observation. */
type Read = <Row extends object>(query: string) => Promise<Row[]>;

async function inOneMoment<T>(connectionString: string, act: (read: Read) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: 10_000,
    statement_timeout: 120_000,
    types: { getTypeParser },
  });
  await client.connect();
  try {
    await client.query('begin transaction isolation level repeatable read, read only');
    return await act(async <Row extends object>(query: string) => {
      const { rows } = await client.query<Row>(query);
      return rows.map(withoutNulls);
    });
  } finally {
    await client.end();
  }
}

/** Amounts and quantities are bigint, and fit into a number. */
function getTypeParser(type: number, format?: 'text' | 'binary'): unknown {
  if (type === (pg.types.builtins.INT8 as number) || type === (pg.types.builtins.NUMERIC as number)) return Number;
  return pg.types.getTypeParser(type, format);
}

function withoutNulls<Row extends object>(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([name, value]) => value !== null || name === 'view')) as Row;
}

const ms = (column: string) => `extract(epoch from ${column}) * 1000`;

function readBook(read: Read): Promise<Tables['book']> {
  return read(`
    select order_id as "orderId", revision, view, returns,
      array(select jsonb_object_keys(late_payments)) as "latePayments"
    from orders order by order_id`);
}

async function readInventory(read: Read): Promise<Tables['inventory']> {
  return {
    stock: await read('select sku, warehouse, available, reserved, committed from stock order by sku, warehouse'),
    reservations: await read(`
      select order_id as "orderId", released, ${ms('expires_at')} as "expiresAt" from reservations`),
    pieces: await read(`
      select order_id as "orderId", shipment_id as "shipmentId", sku, warehouse, quantity, restocked, state, lost, replaces
      from pieces`),
  };
}

async function readPayment(read: Read): Promise<Tables['payment']> {
  return {
    payments: await read('select order_id as "orderId", captured, refunded, voided, settled from payments'),
    authorizations: await read('select id, order_id as "orderId", amount, held from authorizations order by seq'),
    operations: await read(`
      select order_id as "orderId", kind, amount, ${ms('at')} as at, key, subject, currency from operations order by seq`),
  };
}

async function readShipping(read: Read): Promise<Tables['shipping']> {
  return {
    bookings: await read(`
      select shipment_id as "shipmentId", order_id as "orderId", status, carrier, ${ms('booked_at')} as "bookedAt"
      from bookings order by number`),
    carrierEvents: await read(`
      select shipment_id as "shipmentId", type, ${ms('happened_at')} as at
      from carrier_messages where happened_at is not null order by happened_at`),
  };
}

function readCalls(read: Read, service: ServiceCall['service']): Promise<ServiceCall[]> {
  return read(`
    select '${service}' as service, operation, key, status, ${ms('created_at')} as at,
      case when operation = 'cancel' and status = 200 then answer::json ->> 'status' end as answer
    from idempotency_keys where status is not null order by created_at`);
}
