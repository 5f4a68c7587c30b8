import { expect } from 'vitest';
import { Simulator } from '../../tools/simulate/simulate.js';
import { shrink } from '../../tools/simulate/shrink.js';
import { lifeInWords, violationInWords } from '../../tools/simulate/words.js';
import type { Mode } from '../../tools/simulate/world/world.js';

/** Lives the lives of so many seeds, and fails with the first life in which something does not hold. */
export async function expectAllHold(mode: Mode, firstSeed: number, seeds: number): Promise<void> {
  const simulator = await Simulator.of();
  let lives = 0;
  let judged = 0;
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    const { orders, violations, findings } = simulator.run({ seed }, mode);
    lives += orders;
    for (const { verified } of findings) judged += verified;
    if (violations.length === 0) continue;
    const life = simulator.run({ seed, isKept: true }, mode);
    const shrunk = shrink(simulator, life, mode) ?? life;
    const words = [violationInWords(violations[0]!), ...lifeInWords(shrunk.choices)];
    expect.fail(`seed ${seed} (${mode}): ${words.join('\n')}`);
  }
  expect(lives).toBeGreaterThanOrEqual(seeds);
  // A checker that looks at nothing finds nothing.
  expect(judged).toBeGreaterThan(20 * lives);
}
