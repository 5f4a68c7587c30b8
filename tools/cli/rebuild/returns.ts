import type { ReturnsPublication } from '../../../contracts/publication.js';

/**
 * What the runs of one order's returns say, each return from the latest run that tells of it: a run that was reset, or that took over what
 * an earlier one left open, knows better. The other returns of the earlier runs stay.
 */
export function newestOfEach<Told extends { publication: ReturnsPublication }>(oldestFirst: readonly Told[]): Told[] {
  const known = new Set<string>();
  const newestFirst = oldestFirst.toReversed().map((told) => {
    const returns = told.publication.returns.filter(({ id }) => !known.has(id));
    for (const { id } of returns) known.add(id);
    return { ...told, publication: { ...told.publication, returns } };
  });
  return newestFirst.toReversed();
}
