/** Amounts are minor units of `currency`. */
export interface Payment {
  order_id: string;
  /** Null until something is authorized. */
  currency: string | null;
  captured: number;
  refunded: number;
  /** Was held, and then released without a capture. */
  let_go: number;
  /** A tombstone: nothing can be authorized any more. */
  voided: boolean;
  /** Nothing can be authorized or captured any more. */
  settled: boolean;
}

/** amount = held + captured + released. */
export interface Authorization {
  id: string;
  amount: number;
  held: number;
  /** The token of the card, which decides how the simulated card behaves. Null for payments that the provider reports. */
  token: string | null;
  provider_ref: string | null;
}

export type OperationKind = 'authorize' | 'void' | 'capture' | 'refund' | 'release';
