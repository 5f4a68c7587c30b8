import type { Violation } from './simulate.js';
import type { Choice } from './world/choices.js';

/** A life in words: what went otherwise than usual, and when. */
export function lifeInWords(choices: readonly Choice[]): string[] {
  if (choices.length === 0) return ['nothing went otherwise than usual'];
  return choices.map(({ place, words, at }) => `${timeOf(at).padStart(10)}  ${place}: ${words}`);
}

export function violationInWords({ invariant, formula, orderId, what }: Violation): string {
  return `${invariant} does not hold for ${orderId}: ${what.split('\n')[0]}\n  ${formula}`;
}

function timeOf(ms: number): string {
  return ms < 100_000 ? `${(ms / 1000).toFixed(3)} s` : `${(ms / 60_000).toFixed(1)} min`;
}
