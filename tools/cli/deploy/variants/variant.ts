import type { RecordedHistory } from '../../replay/history.js';

/** The ways to derive a history from a recorded one. */
export type VariantKind = 'cut' | 'heartbeat' | 'swap' | 'clock' | 'ids';

/** A history that can be derived from a recorded one, as another worker, another hour or another order would have left it. */
export interface Variant {
  kind: VariantKind;
  /** Where it was done, or which one of several it is. With the name of the history and the kind, this makes the same variant again. */
  place: string;
  /** The same in words. */
  what: string;
  /** An id that was replaced, and what stands in its place. */
  renamed?: { from: string; to: string };
  /** Makes the history under this name. */
  make: (name: string) => RecordedHistory;
}
