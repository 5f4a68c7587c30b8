import { sql, type Kysely } from 'kysely';
import { shipmentIdOf } from '../../contracts/ids.js';
import { Rejection } from '../support/errors.js';
import type { Share } from './allocate.js';
import type { AllocatedParcel, ReservationAnswer } from './contract.js';
import { columnOf, type LockedStock } from './stock.js';
import type { InventoryTables, Line, Piece, PieceState, Reservation, ReservationChange } from './tables.js';

export type Tx = Kysely<InventoryTables>;

/** The reservation and the pieces of one order, which is locked. */
export interface OrderPieces {
  orderId: string;
  reservation: Reservation;
  pieces: Piece[];
}

/**
 * Locks an order, which may be new, and reads its pieces. Every change of an order starts here, before any stock is locked.
 * A second statement reads the pieces: the statement that waits for the lock would see them as they were before the wait.
 */
export async function lockOrder(tx: Tx, orderId: string): Promise<OrderPieces> {
  // The update changes nothing: it locks the row and returns its newest state. xmax is 0 in a row that was just inserted.
  const { fresh, ...reservation } = await tx
    .insertInto('reservations')
    .values({ order_id: orderId })
    .onConflict((conflict) => conflict.column('order_id').doUpdateSet({ order_id: orderId }))
    .returningAll()
    .returning(sql<boolean>`xmax = 0`.as('fresh'))
    .executeTakeFirstOrThrow();
  return { orderId, reservation, pieces: fresh ? [] : await readPieces(tx, [orderId]) };
}

export function readPieces(tx: Tx, orderIds: string[]): Promise<Piece[]> {
  return tx
    .selectFrom('pieces')
    .selectAll()
    .where('order_id', '=', sql<string>`any(${orderIds})`)
    .orderBy('order_id')
    .orderBy('shipment_id')
    .orderBy('sku')
    .execute();
}

/** Whether the piece still belongs to the order: it was not given back, and its parcel was not lost. */
export function isLive(piece: Piece): boolean {
  return piece.state !== 'released' && !piece.lost;
}

/** The part of a piece's quantity that the stock counts now. */
export function held(piece: Piece): number {
  return piece.quantity - piece.restocked;
}

/** The pieces of one parcel; without a parcel, those of all parcels that are not lost. */
export function piecesIn({ pieces }: OrderPieces, shipmentId: string | undefined): Piece[] {
  return pieces.filter((piece) => (shipmentId === undefined ? !piece.lost : piece.shipment_id === shipmentId));
}

export async function updateReservation(tx: Tx, orderId: string, change: ReservationChange): Promise<void> {
  await tx.updateTable('reservations').set(change).where('order_id', '=', orderId).execute();
}

/** Changes the state of pieces, and moves their stock. */
export async function setState(tx: Tx, stock: LockedStock, pieces: readonly Piece[], state: PieceState): Promise<void> {
  if (pieces.length === 0) return;
  for (const piece of pieces) {
    stock.move(piece, columnOf(piece.state), columnOf(state), held(piece));
    piece.state = state;
  }
  const column = (name: 'order_id' | 'shipment_id' | 'sku') => pieces.map((piece) => piece[name]);
  await sql`
    update pieces set state = ${state}
    from unnest(${column('order_id')}::text[], ${column('shipment_id')}::text[], ${column('sku')}::text[])
      as these (order_id, shipment_id, sku)
    where pieces.order_id = these.order_id and pieces.shipment_id = these.shipment_id and pieces.sku = these.sku`.execute(
    tx,
  );
}

/** Deletes pieces of the order. Their stock is free again. */
export async function removePieces(tx: Tx, stock: LockedStock, order: OrderPieces, pieces: Piece[]): Promise<void> {
  if (pieces.length === 0) return;
  for (const piece of pieces) stock.move(piece, columnOf(piece.state), 'available', held(piece));
  order.pieces = order.pieces.filter((piece) => !pieces.includes(piece));
  const column = (name: 'shipment_id' | 'sku') => pieces.map((piece) => piece[name]);
  await sql`
    delete from pieces using unnest(${column('shipment_id')}::text[], ${column('sku')}::text[]) as these (shipment_id, sku)
    where order_id = ${order.orderId} and pieces.shipment_id = these.shipment_id and pieces.sku = these.sku`.execute(
    tx,
  );
}

/** Takes free stock for the order, with one parcel for each warehouse. */
export async function addPieces(tx: Tx, stock: LockedStock, order: OrderPieces, shares: Share[]): Promise<void> {
  if (shares.length === 0) return;
  const added = shares.map((share): Piece => ({
    order_id: order.orderId,
    shipment_id: shipmentIdOf(order.orderId, share.warehouse),
    sku: share.sku,
    warehouse: share.warehouse,
    quantity: share.quantity,
    restocked: 0,
    state: 'reserved',
    replaces: null,
    lost: false,
  }));
  for (const piece of added) {
    if (order.reservation.released_parcels.includes(piece.shipment_id)) throw released(order);
    stock.move(piece, 'available', 'reserved', piece.quantity);
  }
  order.pieces.push(...added);
  await tx.insertInto('pieces').values(added).execute();
}

export function released({ orderId }: OrderPieces): Rejection {
  return new Rejection('reservation_released', `The reservation of ${orderId} was released or never existed`);
}

export function outOfStock(skus: string[]): Rejection {
  const named = skus.slice(0, 5).join(', ');
  return new Rejection(
    'out_of_stock',
    `Out of stock: ${named}${skus.length > 5 ? ` and ${skus.length - 5} more` : ''}`,
  );
}

/** The parcels of an order, sorted by warehouse; their lines have the order of the request. */
export function parcelsOf({ reservation, pieces }: OrderPieces): AllocatedParcel[] {
  const position = new Map(reservation.wanted.map(({ sku }, index) => [sku, index]));
  const parcels = new Map<string, AllocatedParcel>();
  const counting = pieces.filter((piece) => isLive(piece) && piece.state !== 'expired');
  for (const piece of counting.sort((a, b) => (position.get(a.sku) ?? 0) - (position.get(b.sku) ?? 0))) {
    const { shipment_id: shipmentId, warehouse, sku, quantity } = piece;
    const parcel = parcels.get(shipmentId) ?? { shipmentId, warehouse, lines: [] };
    parcel.lines.push({ sku, quantity });
    parcels.set(shipmentId, parcel);
  }
  return [...parcels.values()].sort((a, b) =>
    a.warehouse === b.warehouse ? (a.shipmentId < b.shipmentId ? -1 : 1) : a.warehouse < b.warehouse ? -1 : 1,
  );
}

export function shortOf(wanted: readonly Line[], reserved: Map<string, number>): ReservationAnswer['short'] {
  return wanted
    .map(({ sku, quantity }) => ({ sku, wanted: quantity, reserved: reserved.get(sku) ?? 0 }))
    .filter((line) => line.reserved < line.wanted);
}
