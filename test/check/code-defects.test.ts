import { expect, it } from 'vitest';
import { endInvariant } from '../../tools/simulate/reasons.js';
import { Simulator } from '../../tools/simulate/simulate.js';
import { codeDefects } from './code-defects.js';

/** How many lives are tried. */
const lives = 1000;

it.for(codeDefects)(
  '$invariant finds it in a simulated life, alone: $story',
  { timeout: 600_000 },
  async ({ edit, invariant, mode = 'safety', from = 1 }) => {
    const simulator = await Simulator.of([edit]);
    const found = Array.from({ length: lives }, (_, index) => from + index).find((seed) => {
      const all = simulator.run({ seed }, mode).violations;
      // An order that does not end is what a defect leads to; the checker has to say why.
      const violations = all.filter((each) => each.invariant !== endInvariant.invariant);
      return violations.length > 0 && violations.every((each) => each.invariant === invariant);
    });
    expect(found).toBeDefined();
  },
);
