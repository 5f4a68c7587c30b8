import type { Command } from './statuses.js';

/**
 * What one order takes in all. Temporal keeps each change in the run's history, and ends a run whose history grows too large: a caller
 * that repeats itself without end must not destroy its own order.
 */
export const mostAmendments = 50;
export const mostPaymentAttempts = 50;
export const mostCommands = 500;

/** Commands that are taken whatever came before: an order can always be ended or repaired. */
export const alwaysTaken: ReadonlySet<Command> = new Set(['cancel', 'review', 'decision', 'resolve']);
