import type { OrderView } from '../../contracts/order.js';

/**
 * The names and shapes that the runs and their callers share. Nothing here needs Temporal's runtime.
 */

export const ordersTaskQueue = 'orders';

/** Task queue of the calls to one service that take Temporal's full machinery. */
export const serviceTaskQueue = (service: string): string => `orders-${service}`;

/**
 * A chain of short calls holds its workflow task, and every Update of the run with it, for 80 % of this at most. Shorter than this and a
 * worker short of CPU would lose its tasks before it has done them, and begin again without end.
 */
export const workflowTaskTimeout = '5s';

/** The sender of a command, as the API authenticated them. */
export interface Sender {
  role: 'shop' | 'operator';
  /** Of the key, for whoever reads the history; a command that was sent by hand has none. */
  name?: string;
}

/** Argument of every Update; the Update's id is the command's Idempotency-Key. */
export interface CommandEnvelope<Body> {
  /** Of the command's name and body. */
  fingerprint: string;
  by: Sender;
  body: Body;
}

/**
 * Result of every Update. Small on purpose: Temporal stores it in the history. The view is read from the order book, at `revision` or
 * later.
 */
export interface CommandAnswer {
  /** The first sender's, so that a reused key with another body can be told. */
  fingerprint: string;
  /** The book's after the publication that shows the command's effect; 0 when the book did not answer, or there was nothing to publish. */
  revision: number;
}

/**
 * Details of a refused command: details[0] of an ApplicationFailure whose type is a problem code (wrong_status, not_cancellable,
 * too_many_changes, unknown_step, not_skippable, validation_failed, return_exceeds_delivered).
 */
export interface Refusal {
  orderStatus?: OrderView['status'];
  possible?: OrderView['possible'];
  errors?: { path: string; message: string }[];
  /** Refused after it was accepted, because another command was taken meanwhile. Temporal repeats this refusal under the same id. */
  kept?: true;
}

/** Query: what the run would publish now. `npm run rebuild` writes it to the order book. */
export const publicationQuery = 'publication';
