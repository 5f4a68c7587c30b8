import { describe, expect, it } from 'vitest';
import { check, invariants } from '../../tools/check/check.js';
import type { Observation } from '../../tools/check/observation.js';
import { cancelledOrder, completedOrder } from './observations.js';

/** The invariants that do not hold, each with its places. */
function red(observation: Observation): Record<string, string[]> {
  const wrong = check(observation).filter(({ holds }) => holds === false);
  return Object.fromEntries(wrong.map(({ invariant, violations }) => [invariant, violations.map(({ what }) => what)]));
}

describe('the checker', () => {
  it.each([
    ['completed', completedOrder],
    ['cancelled', cancelledOrder],
  ])('finds nothing wrong with a whole order that is %s', (_, order) => {
    expect(red(order())).toEqual({});
    expect(check(order()).filter(({ holds }) => holds !== true)).toEqual([]);
  });

  it('passes nothing that was not observed', () => {
    const findings = check({ at: 0 });
    expect(findings).toHaveLength(invariants.length);
    expect(findings.filter(({ holds }) => holds !== 'unknown')).toEqual([]);
  });
});
