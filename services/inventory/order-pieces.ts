import { shipmentIdOf } from '../../contracts/ids.js';
import { Rejection } from '../support/errors.js';
import type { Share } from './allocate.js';
import type { AllocatedParcel, ReservationAnswer } from './contract.js';
import { columnOf, type Stock } from './stock.js';
import type { Stored } from './store.js';
import type { Line, Piece, PieceState, Reservation } from './tables.js';

/** The reservation and the pieces of one order, with the stock of their skus. Every change is made here, in memory. */
export interface OrderPieces {
  orderId: string;
  reservation: Reservation;
  pieces: Piece[];
  stock: Stock;
  /** The time of the database, in ms since the epoch. */
  now: number;
  /** The pieces to store. */
  changed: Set<Piece>;
  /** The skus of which it found less than it wants. */
  short: string[];
  /** What the database has of it. */
  stored: Stored;
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

/** Changes the state of pieces, and moves their stock. */
export function setState({ stock, changed }: OrderPieces, pieces: readonly Piece[], state: PieceState): void {
  for (const piece of pieces) {
    stock.move(piece, columnOf(piece.state), columnOf(state), held(piece));
    piece.state = state;
    changed.add(piece);
  }
}

/** Leaves a tombstone: no replacement of this parcel can be made any more. */
export function sellNothingAgain({ reservation }: OrderPieces, lostId: string): void {
  reservation.released_parcels = [...new Set([...reservation.released_parcels, lostId])];
}

/** Removes pieces from the order. Their stock is free again. */
export function removePieces(order: OrderPieces, pieces: readonly Piece[]): void {
  for (const piece of pieces) order.stock.move(piece, columnOf(piece.state), 'available', held(piece));
  order.pieces = order.pieces.filter((piece) => !pieces.includes(piece));
}

/** Takes free stock for the order. */
export function addPieces(order: OrderPieces, pieces: readonly Piece[]): void {
  for (const piece of pieces) {
    order.stock.move(piece, 'available', columnOf(piece.state), piece.quantity);
    order.pieces.push(piece);
    order.changed.add(piece);
  }
}

/** Reserves free stock for the order, with one parcel for each warehouse. */
export function reserveShares(order: OrderPieces, shares: readonly Share[]): void {
  const pieces = shares.map((share): Piece => ({
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
  if (pieces.some(({ shipment_id }) => order.reservation.released_parcels.includes(shipment_id))) throw released(order);
  addPieces(order, pieces);
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
