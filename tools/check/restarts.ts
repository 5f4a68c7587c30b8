import type { Observation } from './observation.js';

interface Answered {
  askedAt: number;
  answeredAt: number;
}

/**
 * Whether the API was started anew between two answers, and Temporal or the order book was away at the second one. An API remembers which
 * orders it has answered from their runs, because the book had an older state. One that has just started does not, and needs both.
 */
export function isAnsweredBlindly({ outages = [] }: Observation, before: Answered, answer: Answered): boolean {
  const wasAway = (isIt: (part: string) => boolean, since: number) =>
    outages.some(({ part, from, to }) => isIt(part) && from <= answer.answeredAt && to >= since);
  return wasAway((part) => part === 'api', before.answeredAt) && wasAway((part) => part !== 'api', answer.askedAt);
}
