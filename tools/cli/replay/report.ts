import { defined } from '../../../contracts/defined.js';
import type { Replayed } from './run.js';

/** One line for a history. If the code differs: what was recorded, what the code does now, and what to do about it. */
export function renderReport({ history, difference, skipped }: Replayed): string {
  const run = `${history.name}: ${history.workflowType}, ${history.events.length} events`;
  if (skipped !== undefined) return `skipped ${run}\n        ${skipped}\n`;
  if (!difference) return `ok      ${run}\n`;
  const place = difference.eventId === undefined ? '' : `event ${difference.eventId}, `;
  return (
    `differs ${run}\n` +
    `        recorded: ${place}${difference.recorded}\n` +
    `        now:      ${difference.now}\n` +
    `        ${difference.advice}\n`
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
    ...(skipped === undefined ? { ok: difference === undefined } : { skipped }),
    ...defined({ difference }),
  };
}
