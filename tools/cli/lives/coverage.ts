import type { RecordedHistory } from '../replay/history.js';
import { exceptions } from './exceptions.js';
import { kindsOf } from './kinds.js';
import { wantedKinds } from './wanted.js';

export interface Coverage {
  /** Every wanted kind with the histories that have it. */
  covered: Map<string, string[]>;
  /** Kinds that no history has, without the exceptions. */
  missing: string[];
  /** Exceptions that a history has, or that are not wanted any more. */
  needless: string[];
}

/** Which kinds of the catalogue the histories cover. */
export function coverageOf(histories: Iterable<RecordedHistory>): Coverage {
  const covered = new Map<string, string[]>(wantedKinds().map((kind) => [kind, []]));
  for (const history of histories) for (const kind of kindsOf(history)) covered.get(kind)?.push(history.name);
  const isMissing = (kind: string) => covered.get(kind)?.length === 0;
  return {
    covered,
    missing: [...covered.keys()].filter((kind) => isMissing(kind) && !(kind in exceptions)),
    needless: Object.keys(exceptions).filter((kind) => !isMissing(kind)),
  };
}
