/** Limits per API key, per order and per connection, so that none of them can use up the API. */
export interface Limits {
  /** Orders and commands of one key, a second: see auth/rate-limit.ts. */
  ratePerKey: number;
  /** Requests in progress, without event streams. */
  requestsAtOnce: number;
  /** Orders of one shop: `atOnce` are handed to Temporal at the same time, `waiting` wait for their turn, all others are answered `rate_limited`. */
  starts: { atOnce: number; waiting: number };
  /**
   * Orders that wait for a worker. While more than `all` wait, a shop that has more than `ofAShop` orders in the status `placed` is answered
   * `overloaded`.
   */
  waitingOrders: { all: number; ofAShop: number };
  /** Open event streams of one key. */
  streamsPerKey: number;
  /** An event stream is closed when its client reads nothing for so long, in milliseconds. */
  stalledStreamMs: number;
  /**
   * Messages to one run: `atOnce` are sent at the same time, `waiting` wait for their turn, all others are answered `overloaded`. The lane
   * `reserve` is for a cancel and for operators. Temporal processes at most ten Updates of a run at a time: the two lanes of the shop and the
   * one of an operator for all shops have no more together.
   */
  lanes: Record<'commands' | 'reserve' | 'events', { atOnce: number; waiting: number }>;
  /**
   * Events to one run: the first `unchecked` ones are sent as they are. Before each further one the size of the run's history is read; an
   * event is dropped when the history is at one of the bounds. They are a third of Temporal's limits; no normal order comes near them.
   */
  history: { unchecked: number; events: number; bytes: number };
  /** A message is answered within this time, in milliseconds; the contract promises 5 s. */
  answerMs: number;
  /** A connection is closed when a whole request has not arrived within this time, in milliseconds. */
  requestMs: number;
  /** How often `requestMs` is checked, in milliseconds. */
  checkRequestsMs: number;
  /** How long a client may take to read the answer to a request whose body was not read, in milliseconds. */
  lingerMs: number;
}

export type Lane = keyof Limits['lanes'];

/** The limits that are not settings. */
export const defaultLimits: Omit<Limits, 'ratePerKey' | 'streamsPerKey'> = {
  requestsAtOnce: 1000,
  // Temporal starts 45 to 70 orders a second on two busy CPUs, so the last of a full queue has its answer in time.
  starts: { atOnce: 4, waiting: 200 },
  // The work of about a minute for two CPUs.
  waitingOrders: { all: 1000, ofAShop: 100 },
  stalledStreamMs: 30_000,
  lanes: {
    commands: { atOnce: 6, waiting: 14 },
    reserve: { atOnce: 2, waiting: 8 },
    // A carrier may scan all parcels of an order at the same moment.
    events: { atOnce: 8, waiting: 100 },
  },
  history: { unchecked: 100, events: 17_000, bytes: 17_000_000 },
  answerMs: 4500,
  requestMs: 28_500,
  checkRequestsMs: 1000,
  lingerMs: 1000,
};
