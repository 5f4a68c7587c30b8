import type { Simulator, Violation } from './simulate.js';
import type { Choice } from './world/choices.js';
import type { Mode } from './world/world.js';

export interface ShrunkLife {
  choices: readonly Choice[];
  violations: Violation[];
}

/** Enough for a list of a hundred choices. */
const mostRuns = 800;

/**
 * Takes everything out of a life that its failure does not need: what is left out goes as usual. The shrunk life violates one of the same
 * invariants.
 *
 * @returns undefined if the life does not fail again from its list of choices.
 */
export function shrink(
  simulator: Simulator,
  failed: { choices: readonly Choice[]; violations: readonly Violation[] },
  mode: Mode,
): ShrunkLife | undefined {
  const wanted = failed.violations[0]!.invariant;
  let runs = 0;
  const tried = (choices: readonly Choice[]): ShrunkLife | undefined => {
    runs += 1;
    const life = simulator.run({ choices }, mode);
    const violations = life.violations.filter(({ invariant }) => invariant === wanted);
    return violations.length > 0 ? { choices: life.choices, violations } : undefined;
  };
  let best = tried(failed.choices);
  if (!best) return undefined;
  for (let size = Math.ceil(best.choices.length / 2); size >= 1 && runs < mostRuns;) {
    let isSmaller = false;
    for (let from = 0; from < best.choices.length && runs < mostRuns;) {
      const without: Choice[] = [...best.choices.slice(0, from), ...best.choices.slice(from + size)];
      const smaller = tried(without);
      if (smaller && smaller.choices.length < best.choices.length) {
        best = smaller;
        isSmaller = true;
      } else from += size;
    }
    if (size === 1 && !isSmaller) break;
    if (!isSmaller || size > best.choices.length) size = Math.max(1, Math.floor(size / 2));
  }
  return best;
}
