/** What the checker says about one invariant. */
export interface Finding {
  invariant: string;
  /** What it compares, in words and symbols. It stands beside each result. */
  formula: string;
  /** `unknown`: nothing contradicts it, but some order could not be verified. */
  holds: boolean | 'unknown';
  /** How many things (orders, runs, rows) it was verified for. */
  verified: number;
  /** The places where it does not hold. */
  violations: Place[];
  /** Where it does not hold because of a known limit, which is no violation. */
  apart?: LimitedPlace[];
  /** What could not be verified, and why. */
  unknown: Place[];
}

/** Where an invariant does not hold, or cannot be verified. */
export interface Place {
  /** The order; empty if it is about no single order. */
  orderId: string;
  /** The figures or states, so that a person can look them up. */
  what: string;
}

/**
 * Why an invariant may not hold: a workflow task was lost, and done again; or an API without memory of its answers, as it has just
 * started, cannot ask the run or the order book.
 */
export type Limit = 'after a lost task' | 'after a restart of the API';

export interface LimitedPlace extends Place {
  limit: Limit;
}
