import pg from 'pg';
import { showCount } from '../../tools/progress.js';
import { exampleOrder } from './example-order.js';

/** How the made orders are spread: 20 shops, 50,000 customers, a minute between two orders of the book. */
export const spread = { shops: 20, customers: 50_000, firstPlacedAt: Date.UTC(2024, 0, 1), everyMs: 60_000 };
const chunk = 10_000;

/** Writes synthetic orders into the tables of an empty book. Nine of ten are completed; every 1,000th needs attention. */
export async function makeRows(databaseUrl: string, rows: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const progress = showCount('orders', rows);
  try {
    // The counts are made at the end, by a full count; so are the rows of the skus.
    await client.query('alter table orders disable trigger user');
    for (let from = 1; from <= rows; from += chunk) {
      const to = Math.min(rows, from + chunk - 1);
      await client.query(insert, [
        from,
        to,
        JSON.stringify(exampleOrder),
        new Date(spread.firstPlacedAt),
        spread.everyMs,
      ]);
      for (let n = from; n <= to; n += 1) progress.countOne();
    }
    await client.query('alter table orders enable trigger user');
    await client.query(
      `insert into order_skus select case when n % 500 = 0 then 'rare' else 'mug' end, placed_at, order_id, shop_id
       from (select *, row_number() over () as n from orders) as numbered`,
    );
    await client.query('vacuum analyze orders, order_skus');
  } finally {
    progress.stop();
    await client.end();
  }
}

const insert = `
  insert into orders (
    order_id, runs, length, at, seq, fingerprint, view,
    shop_id, customer_id, reference, status, placed_at, due_at, revision, change,
    failure_code, step, hold_step, hold_code, hold_service, stuck_since, currency, total
  )
  select id, array['run'], 20, 1, 4, 'made', (
      jsonb_build_object(
        'id', id, 'shopId', shop_id, 'customerId', customer_id, 'reference', reference, 'status', status,
        'placedAt', to_char(placed_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
      ) || $3::jsonb
    )::json,
    shop_id, customer_id, reference, status, placed_at,
    case when status = 'needs_attention' then now() - interval '1 hour' end, 4, nextval('changes'),
    case status when 'needs_attention' then 'service_unavailable' when 'cancelled' then 'payment_deadline' end,
    case when status <> 'completed' and status <> 'cancelled' then 'bookParcel' end,
    case when is_stuck then 'bookParcel' end, case when is_stuck then 'service_unavailable' end,
    case when is_stuck then (array['payment', 'shipping', 'inventory'])[1 + n / 1000 % 3] end,
    case when is_stuck then placed_at end, 'EUR', 2990
  from generate_series($1::int, $2::int) as n
  cross join lateral (
    select 'ord_' || lpad(n::text, 26, '0') as id,
      'shop-' || n * 7 % ${spread.shops} as shop_id,
      'c-' || n::bigint * 7919 % ${spread.customers} as customer_id,
      'r-' || n as reference,
      $4::timestamptz + n * ($5::int * interval '1 millisecond') as placed_at,
      case
        when n % 1000 = 0 then 'needs_attention'
        when n % 100 = 1 then 'shipping'
        when n % 100 = 2 then 'confirmed'
        when n % 100 < 8 then 'cancelled'
        else 'completed'
      end as status,
      n % 1000 = 0 as is_stuck
  ) as made`;
