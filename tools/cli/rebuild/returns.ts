import type { ReturnsPublication } from '../../../contracts/publication.js';

/**
 * Takes each return of an order from the newest run that has it. A run that was reset, or that took over open returns of an earlier run, is
 * newer. The other returns of the earlier runs stay.
 */
export function newestOfEach<Read extends { publication: ReturnsPublication }>(oldestFirst: readonly Read[]): Read[] {
  const known = new Set<string>();
  const newestFirst = oldestFirst.toReversed().map((read) => {
    const returns = read.publication.returns.filter(({ id }) => !known.has(id));
    for (const { id } of returns) known.add(id);
    return { ...read, publication: { ...read.publication, returns } };
  });
  return newestFirst.toReversed();
}
