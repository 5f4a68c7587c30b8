import type { ColumnType, Generated, Selectable, Updateable } from 'kysely';

export interface Line {
  sku: string;
  quantity: number;
}

interface StockTable {
  sku: string;
  warehouse: string;
  /** Free to sell. */
  available: number;
  reserved: number;
  /** Sold. */
  committed: number;
}

interface ReservationTable {
  order_id: string;
  /** The lines of the request, as JSON. Short lines want more than the pieces have. */
  wanted: ColumnType<Line[], string | undefined, string>;
  hold_ms: Generated<number>;
  /** Null while no piece is in the state `reserved`. */
  expires_at: Date | null;
  /** A tombstone: the order was released, and cannot be reserved again. */
  released: Generated<boolean>;
  /** Tombstones of single parcels, by shipment id. */
  released_parcels: Generated<string[]>;
  /** A tombstone: the order or one of its parcels was uncommitted, and cannot be committed again. */
  uncommitted: Generated<boolean>;
}

/** Pieces of one sku in one parcel. The stock column of `state` counts `quantity - restocked` of them. */
interface PieceTable {
  order_id: string;
  shipment_id: string;
  sku: string;
  warehouse: string;
  quantity: number;
  restocked: Generated<number>;
  state: PieceState;
  /** The lost shipment that this one replaces. */
  replaces: string | null;
  /** The carrier lost the parcel: its pieces stay sold. */
  lost: Generated<boolean>;
}

export type PieceState = 'reserved' | 'committed' | 'released' | 'expired';

export interface InventoryTables {
  stock: StockTable;
  reservations: ReservationTable;
  pieces: PieceTable;
}

export type StockRow = Selectable<StockTable>;
export type Reservation = Selectable<ReservationTable>;
export type ReservationChange = Updateable<ReservationTable>;
export type Piece = Selectable<PieceTable>;
