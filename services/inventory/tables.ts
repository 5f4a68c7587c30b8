import type { ColumnType, Generated, Selectable } from 'kysely';

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
  /** What the order asked for, as JSON; more than its pieces where it came out short. */
  wanted: ColumnType<Line[], string | undefined, string>;
  hold_ms: Generated<number>;
  /** Null while no piece is merely reserved. */
  expires_at: Date | null;
  /** A tombstone: the order was released; nothing may be reserved for it any more. */
  released: Generated<boolean>;
  /** Tombstones of single parcels: their shipment ids. */
  released_parcels: Generated<string[]>;
  /** A tombstone: the order, or a parcel of it, was uncommitted; it may not be committed any more. */
  uncommitted: Generated<boolean>;
}

/** Pieces of one sku in one parcel. `quantity - restocked` of them count in the stock column that `state` names. */
interface PieceTable {
  order_id: string;
  shipment_id: string;
  sku: string;
  warehouse: string;
  quantity: number;
  restocked: Generated<number>;
  state: PieceState;
  /** The lost shipment in whose place this one goes. */
  replaces: string | null;
  /** The carrier lost the parcel: its pieces are sold and do not come back. */
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
export type Piece = Selectable<PieceTable>;
