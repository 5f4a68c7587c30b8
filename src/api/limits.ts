/** What one key, one order and one connection may take of the API, so that none of them takes it from the others. */
export interface Limits {
  /** Event streams of one key. */
  streamsPerKey: number;
  /** A stream whose client takes nothing for so long is closed, in milliseconds. */
  stalledStreamMs: number;
  /**
   * Messages to one run: so many are under way at once, so many wait for their turn, all others are turned away. `reserve` is for a cancel
   * and for operators. Temporal takes ten Updates of a run at a time.
   */
  lanes: Record<'commands' | 'reserve' | 'news', { atOnce: number; waiting: number }>;
  /**
   * News of one run: from so many on this process looks at the run's history before each, and hands nothing on when it is as large as this.
   * A third of what Temporal takes; no order comes near it by itself.
   */
  news: { unchecked: number; historyEvents: number; historyBytes: number };
  /** A message is answered within this, in milliseconds; the contract promises 5 s. */
  answerMs: number;
  /** A request has come in whole within this, in milliseconds, else its connection is closed. */
  requestMs: number;
  /** How often that is looked at, in milliseconds. */
  checkRequestsMs: number;
  /** How long a client has to read the answer to a request that was not read to its end, in milliseconds. */
  lingerMs: number;
}

export type Lane = keyof Limits['lanes'];

export const defaultLimits: Limits = {
  streamsPerKey: 20,
  stalledStreamMs: 30_000,
  lanes: {
    commands: { atOnce: 8, waiting: 12 },
    reserve: { atOnce: 2, waiting: 8 },
    // A carrier fetches all parcels of an order at the same moment.
    news: { atOnce: 8, waiting: 100 },
  },
  news: { unchecked: 100, historyEvents: 17_000, historyBytes: 17_000_000 },
  answerMs: 4500,
  requestMs: 28_500,
  checkRequestsMs: 1000,
  lingerMs: 1000,
};
