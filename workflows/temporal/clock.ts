/**
 * The time of the run in ms since the epoch: when its current workflow task began, which a replay repeats. A condition that reads it comes
 * out differently when the task runs at another hour, so what has to happen at a time waits for a timer.
 */
export const now = (): number => Date.now();

/** The time of the run as a view shows it. */
export const isoNow = (): string => new Date(now()).toISOString();
