import fc from 'fast-check';

/**
 * Computes which share of a generator's values is a given case. A property that hardly ever sees its case proves nothing.
 *
 *     expect(shareOf(parcelled, ({ parcels }) => parcels.length > 1)).toBeGreaterThan(0.5);
 *
 * @returns 0 to 1, the same on each call.
 */
export function shareOf<T>(arbitrary: fc.Arbitrary<T>, isCase: (value: T) => boolean): number {
  const drawn = fc.sample(arbitrary, { numRuns: 1000, seed: 1 });
  return drawn.filter(isCase).length / drawn.length;
}
