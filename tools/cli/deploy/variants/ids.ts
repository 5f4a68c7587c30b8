import { orderIdDigits } from '../../../../contracts/ids.js';
import type { RecordedHistory } from '../../replay/history.js';
import { mapEvent, rawEvents, renumbered } from './events.js';
import type { Random } from './random.js';
import type { Variant } from './variant.js';

/**
 * The same run under another run id, which seeds Math.random() and uuid4() in workflow code, and the run of another order: every place that
 * has the id has another.
 */
export function otherIds(history: RecordedHistory, random: Random): Variant[] {
  const found: Variant[] = [];
  const started = rawEvents(history)[0]!.workflowExecutionStartedEventAttributes;
  const runId = started?.originalExecutionRunId;
  if (runId !== undefined) {
    const other = runId.replace(/[0-9a-f]/g, () => random(16).toString(16));
    found.push({
      kind: 'ids',
      place: 'run',
      what: `under another run id, ${other}`,
      renamed: { from: runId, to: other },
      make: (name) => renamed(history, runId, other, name),
    });
  }
  const orderId = /ord_[0-9a-z]+$/.exec(started?.workflowId ?? '')?.[0];
  if (orderId !== undefined) {
    const other = `ord_${Array.from(orderId.slice(4), () => orderIdDigits[random(orderIdDigits.length)]).join('')}`;
    found.push({
      kind: 'ids',
      place: 'order',
      what: `of another order, ${other}`,
      renamed: { from: orderId, to: other },
      make: (name) => renamed(history, orderId, other, name),
    });
  }
  return found;
}

function renamed(history: RecordedHistory, from: string, to: string, name: string): RecordedHistory {
  const events = rawEvents(history).map((event) =>
    // The digest of an input that has the id would be another. What was sent is not in the history, so the digest goes.
    mapEvent(event, (leaf) => (typeof leaf === 'string' ? leaf.replaceAll(from, to).replace(digest, '') : leaf)),
  );
  return renumbered(history, events, name);
}

/** At the end of a local call's summary: `reserveStock ~0k3v9q`. */
const digest = / ~[0-9a-z]{6}$/;
