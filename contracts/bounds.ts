import type { Command } from './statuses.js';

/**
 * How many changes one order takes. Temporal keeps each change in the history of the run, and ends a run whose history grows too large. The
 * limits keep a caller in an endless loop from destroying its own order.
 */
export const mostAmendments = 50;
export const mostPaymentAttempts = 50;
export const mostCommands = 500;

/** How many errors and skus a refusal lists. A refusal can be kept in the history, so it must stay small. */
export const mostErrors = 20;
const mostNames = 10;

/** Lists the first names and says how many more there are. */
export function someOf(names: readonly string[]): string {
  const first = names.slice(0, mostNames).join(', ');
  return names.length > mostNames ? `${first} and ${names.length - mostNames} more` : first;
}

/** Commands without a limit, so that an order can always be ended or repaired. */
export const alwaysTaken: ReadonlySet<Command> = new Set(['cancel', 'review', 'decision', 'resolve']);
