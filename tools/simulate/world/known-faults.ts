/**
 * Faults of the product that the simulation has found, and that are not mended. Without their names, no world has what it takes to show
 * them, so that they do not hide others. Each has a life in test/simulate/regressions.test.ts that shows it.
 */

/**
 * A workflow task is lost after calls took effect, and is done again. A call that took effect the first time fails now, so the run comes to
 * rest earlier than before: a command, an operator or a deadline can end it there, and the effects behind that point are not undone.
 */
export const redoIsCutOff = 'redo-is-cut-off';

export const knownFaults = [redoIsCutOff] as const;
