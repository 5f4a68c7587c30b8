import type { Command } from './statuses.js';

/**
 * What one order takes in all. Temporal keeps each change in the run's history, and ends a run whose history grows too large: a caller
 * that repeats itself without end must not destroy its own order.
 */
export const mostAmendments = 50;
export const mostPaymentAttempts = 50;
export const mostCommands = 500;

/** So many errors are told of a command, and so many of an order's skus: a refusal may stand in the history. */
export const mostErrors = 20;
export const mostNames = 10;

/** The first of these names, and how many more there are. */
export function someOf(names: readonly string[]): string {
  const first = names.slice(0, mostNames).join(', ');
  return names.length > mostNames ? `${first} and ${names.length - mostNames} more` : first;
}

/** Commands that are taken whatever came before: an order can always be ended or repaired. */
export const alwaysTaken: ReadonlySet<Command> = new Set(['cancel', 'review', 'decision', 'resolve']);
