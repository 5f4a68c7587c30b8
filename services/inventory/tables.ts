export interface Line {
  sku: string;
  quantity: number;
}

export interface Reservation {
  order_id: string;
  /** The lines of the request, as JSON. Short lines want more than the pieces have. */
  wanted: Line[];
  hold_ms: number;
  /** RFC 3339. Null while no piece is in the state `reserved`. */
  expires_at: string | null;
  /** A tombstone: the order was released, and cannot be reserved again. */
  released: boolean;
  /** Tombstones of single parcels, by shipment id. */
  released_parcels: string[];
  /** A tombstone: the order or one of its parcels was uncommitted, and cannot be committed again. */
  uncommitted: boolean;
}

/** Pieces of one sku in one parcel. The stock column of `state` counts `quantity - restocked` of them. */
export interface Piece {
  order_id: string;
  shipment_id: string;
  sku: string;
  warehouse: string;
  quantity: number;
  restocked: number;
  state: PieceState;
  /** The lost shipment that this one replaces. */
  replaces: string | null;
  /** The carrier lost the parcel: its pieces stay sold. */
  lost: boolean;
}

export type PieceState = 'reserved' | 'committed' | 'released' | 'expired';
