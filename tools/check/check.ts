import type { Finding } from './finding.js';
import { findingOf, type CheckOptions, type Invariant } from './invariant.js';
import { book } from './invariants/book.js';
import { commands } from './invariants/commands.js';
import { money } from './invariants/money.js';
import { notices } from './invariants/notices.js';
import { reads } from './invariants/reads.js';
import { runs } from './invariants/runs.js';
import { stock } from './invariants/stock.js';
import { undo } from './invariants/undo.js';
import type { Observation } from './observation.js';
import { factsByOrder } from './order-facts.js';

/** Everything that always holds, by subject. */
export const invariants: readonly Invariant[] = [
  ...runs,
  ...money,
  ...stock,
  ...undo,
  ...notices,
  ...book,
  ...reads,
  ...commands,
];

/** How long an order may take for its next move after everything is quiet, unless the caller says otherwise. */
const usualBoundMs = 60_000;

/**
 * Verifies an observation. It knows the product by its public contract alone, and imports nothing of it.
 *
 * @returns one finding for each invariant.
 */
export function check(observation: Observation, options: Partial<CheckOptions> = {}): Finding[] {
  const context = { observation, orders: factsByOrder(observation), boundMs: options.boundMs ?? usualBoundMs };
  return invariants.map((invariant) => findingOf(invariant, context));
}
