import { defined } from '../../../contracts/defined.js';
import { isHarmless } from './difference.js';
import type { Replayed } from './run.js';

/**
 * One line for a history. If the code differs: the kind of the difference and its step, what was recorded, what the code does now, and what to
 * do about it. A harmless difference is told, and the history is ok.
 */
export function renderReport({ history, difference, skipped }: Replayed): string {
  const run = `${history.name}: ${history.workflowType}, ${history.events.length} events`;
  if (skipped !== undefined) return `skipped ${run}\n        ${skipped}\n`;
  if (!difference) return `ok      ${run}\n`;
  const { kind, step, eventId, recorded, now, advice } = difference;
  const place = eventId === undefined ? '' : `event ${eventId}, `;
  return (
    `${isHarmless(difference) ? 'ok     ' : 'differs'} ${run}\n` +
    `        ${kind}${step === undefined ? '' : `, at ${step}`}\n` +
    `        recorded: ${place}${recorded}\n` +
    `        now:      ${now}\n` +
    `        ${advice}\n`
  );
}

/** The same for `--json`. */
export function plainReport({ history, difference, skipped }: Replayed): object {
  const { name, workflowId, workflowType, events } = history;
  return {
    file: name,
    workflowId,
    workflowType,
    events: events.length,
    ...(skipped === undefined ? { ok: !difference || isHarmless(difference) } : { skipped }),
    ...defined({ difference }),
  };
}
