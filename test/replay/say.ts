import { isHarmless, type Difference } from '../../tools/cli/replay/difference.js';

/** A history that the code does not go on with, or a variant of one. */
export interface Shown {
  /** For example `v1/completed-one-parcel`, or the same with a variant and how it was made. */
  by: string;
  difference: Difference;
  /** What the variants of this kind need. Unset for a recorded history. */
  rule?: string;
}

/** The difference, unless it is one of settings or of the view alone: a change of these turns no test red. */
export function harm(difference: Difference | undefined): Difference | undefined {
  return difference && !isHarmless(difference) ? difference : undefined;
}

/**
 * Fails when there is something to say: with a sentence for each step at which orders would break, and what to do. The difference of two
 * objects would bury that.
 */
export function expectNothing(shown: readonly Shown[]): void {
  if (shown.length === 0) return;
  const places = new Map<string, Shown[]>();
  for (const each of shown) {
    const { kind, step } = each.difference;
    const place = step === undefined ? `(${kind})` : `at step ${step} (${kind})`;
    places.set(place, [...(places.get(place) ?? []), each]);
  }
  const most = [...places].sort(([, one], [, other]) => other.length - one.length);
  const texts = most.slice(0, 5).map(([place, all]) => textOf(place, all));
  if (most.length > 5) texts.push(`and at ${most.length - 5} more places`);
  failWith(texts);
}

/** Fails with texts for people, where there are any. */
export function failWith(texts: readonly string[]): void {
  if (texts.length === 0) return;
  const error = new Error(texts.join('\n\n'));
  // Where this was called says nothing about the edit.
  error.stack = `${error.name}: ${error.message}`;
  throw error;
}

function textOf(place: string, all: readonly Shown[]): string {
  const [{ difference, by, rule }] = all as readonly [Shown];
  const { eventId, recorded, now, advice } = difference;
  const more = all.length === 1 ? '' : `, and ${all.length - 1} more`;
  return [
    `Orders under way would break ${place}.`,
    `  it was:     ${eventId === undefined ? '' : `event ${eventId}, `}${recorded}`,
    `  it is:      ${now}`,
    `  what to do: ${rule === undefined ? '' : `${rule} `}${advice}`,
    `  shown by:   ${by}${more}. Each shows its first difference: run this again when you have mended it.`,
  ].join('\n');
}
