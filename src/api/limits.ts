/** Limits per API key, per order and per connection, so that none of them can use up the API. */
export interface Limits {
  /** Open event streams of one key. */
  streamsPerKey: number;
  /** An event stream is closed when its client reads nothing for so long, in milliseconds. */
  stalledStreamMs: number;
  /**
   * Messages to one run: `atOnce` are sent at the same time, `waiting` wait for their turn, all others are answered `overloaded`. The lane
   * `reserve` is for a cancel and for operators. Temporal processes at most ten Updates of a run at a time.
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

export const defaultLimits: Limits = {
  streamsPerKey: 20,
  stalledStreamMs: 30_000,
  lanes: {
    commands: { atOnce: 8, waiting: 12 },
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
