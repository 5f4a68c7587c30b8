import type { MeasuredPart } from '../checkout.js';

/** One order of a variant, from placing to its end. */
export interface Lived {
  workflowId: string;
  /** Undefined for a variant that confirms nothing. */
  confirmedMs?: number;
  completedMs: number;
}

/** One of the ways to process an order that are measured side by side. */
export interface Variant {
  name: string;
  /** Brings one order to its end. */
  live: () => Promise<Lived>;
  /** The processes of each part that work for this variant. A part that it does not need has none. */
  pids: (part: MeasuredPart) => number[];
  close: () => Promise<void>;
}
