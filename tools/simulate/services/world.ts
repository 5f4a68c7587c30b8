/** What the services in memory take from the simulated world. */
export interface World {
  /** The time, in ms since the epoch. */
  now: () => number;
  /** Passes virtual time: the network of a slow card takes some. */
  wait: (ms: number) => Promise<void>;
  /** The id of a new row, another one at each call. */
  newId: () => string;
  /** The number of a call among those of all services. */
  nextSeq: () => number;
  /** Check inputs and answers against the contracts, as real clients and services do. */
  checksValues: boolean;
}
