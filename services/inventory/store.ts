import { sql } from 'kysely';
import type { Effect, Read } from '../support/idempotency.js';
import type { Level } from './allocate.js';
import type { OrderPieces } from './order-pieces.js';
import { Stock } from './stock.js';
import type { Piece, Reservation } from './tables.js';

/** What the database has of an order, and of the stock of its skus. */
export interface Stored {
  reservation: Reservation | null;
  /** Another one after each change of the reservation. */
  version: string | null;
  pieces: Piece[];
  levels: Level[];
  now: string;
}

/** Reads an order, which may be new, and the stock of its pieces and of more skus. */
export async function readOrder(read: Read, orderId: string, more: { sku: string }[] = []): Promise<OrderPieces> {
  const skus = more.map(({ sku }) => sku);
  const stored = await read(sql<Stored>`
    select clock_timestamp() as now,
      (select to_json(r) from reservations r where order_id = ${orderId}) as reservation,
      (select xmin::text from reservations where order_id = ${orderId}) as version,
      (select coalesce(json_agg(p order by shipment_id, sku), '[]') from pieces p where order_id = ${orderId}) as pieces,
      (select coalesce(json_agg(s order by sku, warehouse), '[]') from stock s where sku in (
        select unnest(${skus}::text[]) union select sku from pieces where order_id = ${orderId}
      )) as levels`);
  return orderFrom(orderId, stored);
}

/** An order as the database has it. */
export function orderFrom(orderId: string, stored: Stored): OrderPieces {
  return {
    orderId,
    reservation: stored.reservation ?? { ...nothing, order_id: orderId },
    pieces: [...stored.pieces],
    stock: new Stock(stored.levels),
    now: Date.parse(stored.now),
    changed: new Set(),
    short: [],
    stored,
  };
}

const nothing: Omit<Reservation, 'order_id'> = {
  wanted: [],
  hold_ms: 0,
  expires_at: null,
  released: false,
  released_parcels: [],
  uncommitted: false,
};

const replaceReservation = sql`
  do update set wanted = excluded.wanted, hold_ms = excluded.hold_ms, expires_at = excluded.expires_at,
    released = excluded.released, released_parcels = excluded.released_parcels, uncommitted = excluded.uncommitted`;

/**
 * The statement that stores the changes. It changes nothing when the order has changed since it was read, or when other orders have taken the
 * stock. Rows are always locked in the same sequence, so that two calls never wait for each other: the order, and then its stock. A call
 * that found no order has locked stock before; it does not lock an order that exists by now (`do nothing`).
 */
export function effectOf({ orderId, reservation, pieces, stock, changed, stored }: OrderPieces): Effect {
  const { wanted, hold_ms, expires_at, released, released_parcels, uncommitted } = reservation;
  const { moves } = stock;
  const removed = removedFrom(pieces, stored);
  return sql`
    own as (
      select order_id from reservations
      where order_id = ${orderId} and xmin::text = ${stored.version} for no key update
    ),
    moves as (
      select sku, warehouse, available, reserved, committed from json_to_recordset(${JSON.stringify(moves)})
        as m (sku text, warehouse text, available bigint, reserved bigint, committed bigint)
    ),
    locked as (
      select sku from stock join moves using (sku, warehouse)
      where stock.available + moves.available >= 0 and (${stored.version}::text is null or exists (select from own))
      order by sku, warehouse for no key update of stock
    ),
    changed as (
      insert into reservations (order_id, wanted, hold_ms, expires_at, released, released_parcels, uncommitted)
      select ${orderId}, ${JSON.stringify(wanted)}::jsonb, ${hold_ms}::bigint, ${expires_at}::timestamptz,
        ${released}::boolean, ${released_parcels}::text[], ${uncommitted}::boolean
      where (${stored.version}::text is null or exists (select from own)) and (select count(*) from locked) = ${moves.length}
      on conflict (order_id) ${stored.version === null ? sql`do nothing` : sql`${replaceReservation} where reservations.xmin::text = ${stored.version}`}
      returning order_id
    ),
    changed_stock as (
      update stock set available = stock.available + moves.available, reserved = stock.reserved + moves.reserved,
        committed = stock.committed + moves.committed
      from moves, changed where stock.sku = moves.sku and stock.warehouse = moves.warehouse
    ),
    removed_pieces as (
      delete from pieces using changed, json_to_recordset(${JSON.stringify(removed)}) as r (shipment_id text, sku text)
      where pieces.order_id = changed.order_id and pieces.shipment_id = r.shipment_id and pieces.sku = r.sku
    ),
    changed_pieces as (
      insert into pieces (order_id, shipment_id, sku, warehouse, quantity, restocked, state, replaces, lost)
      select p.order_id, p.shipment_id, p.sku, p.warehouse, p.quantity, p.restocked, p.state, p.replaces, p.lost
      from changed, json_populate_recordset(null::pieces, ${JSON.stringify(pieces.filter((piece) => changed.has(piece)))}) p
      on conflict (order_id, shipment_id, sku) do update set quantity = excluded.quantity,
        restocked = excluded.restocked, state = excluded.state, lost = excluded.lost
    )`;
}

/** The stored pieces that the order does not have any more. */
export function removedFrom(pieces: readonly Piece[], stored: Stored): Piece[] {
  return stored.pieces.filter(
    (one) => !pieces.some(({ shipment_id, sku }) => shipment_id === one.shipment_id && sku === one.sku),
  );
}
