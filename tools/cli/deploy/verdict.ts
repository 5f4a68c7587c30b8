import { isHarmless, type Difference } from '../replay/difference.js';
import { compareTraces } from '../replay/compare-traces.js';
import type { Trace } from '../replay/trace.js';

/** What a deploy means for runs like a history, the worst last. */
export const verdicts = [
  'the same',
  /** Other timeouts or retries. */
  'settings only',
  'view only',
  /** The code on BASE could not have such a run, so none is under way. */
  'new',
  /** Temporal would replay it, but what is done is something else than it was. */
  'needs a new version',
  /** Temporal would not replay it: the order would stand still. */
  'breaks running orders',
  /** Not even the code that has the history replays it. */
  'replays nowhere',
] as const;
export type Verdict = (typeof verdicts)[number];

export const isSafe = (verdict: Verdict): boolean => verdicts.indexOf(verdict) <= verdicts.indexOf('new');

export const worse = (one: Verdict, other: Verdict): Verdict =>
  verdicts.indexOf(one) >= verdicts.indexOf(other) ? one : other;

/** Compares what both builds did with one history. */
export function judge(base: Trace, head: Trace): { verdict: Verdict; difference?: Difference } {
  if (base.error !== undefined) return { verdict: head.error === undefined ? 'new' : 'replays nowhere' };
  const difference = compareTraces(base, head);
  if (!difference) return { verdict: 'the same' };
  if (head.error !== undefined) return { verdict: 'breaks running orders', difference };
  if (!isHarmless(difference)) return { verdict: 'needs a new version', difference };
  return { verdict: difference.kind === 'settings' ? 'settings only' : 'view only', difference };
}
