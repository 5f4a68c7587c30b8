import type { OrderView, PaymentAttempt, ReturnView } from './order.js';

/**
 * Where a view stands among the views of its order. Within one run later is (length, at, seq) greater, in this order: a workflow
 * task that is done again after a crash starts at the same history length and writes later. A run first seen later outranks
 * every earlier run of the same id (a Reset makes one).
 */
export interface Position {
  runId: string;
  /** History length at the start of the workflow task that made the view. */
  length: number;
  /** Workflow time when the view was written, ms since the epoch. */
  at: number;
  /** Number of the publication within the run's memory. */
  seq: number;
}

/** What a run writes to the order book. */
export interface OrderPublication {
  position: Position;
  fingerprint: string;
  view: OrderView;
}

/**
 * The returns that a returns run writes to the order book: its own, not those of other runs of the same id. The book keeps the newest of each
 * return, and composes all of them and the order into one OrderView.
 */
export interface ReturnsPublication {
  orderId: string;
  position: Position;
  returns: ReturnView[];
}

/** A payment that came late and was given back. Never changes; `id` follows from the provider's message. */
export interface LatePayment extends PaymentAttempt {
  id: string;
  outcome: 'returned';
}

/** What the run of late payments writes to the order book, which adds them to the payment's attempts. */
export interface LatePaymentsPublication {
  orderId: string;
  payments: LatePayment[];
}
