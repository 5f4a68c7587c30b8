import type { RecordedHistory } from '../../replay/history.js';
import { nameOf, rawEvents, renumbered, tasksOf } from './events.js';
import type { Variant } from './variant.js';

/** The run as it stood after each of its workflow tasks: an open order. The last task of a closed run gives nothing new. */
export function cuts(history: RecordedHistory): Variant[] {
  const events = rawEvents(history);
  return tasksOf(events)
    .filter(({ end }) => end < events.length)
    .map(({ end, completed }, index) => ({
      kind: 'cut',
      place: String(events[completed]!.eventId),
      what: `open: cut off after workflow task ${index + 1}, before ${nameOf(events[end]!)}`,
      make: (name) => renumbered(history, events.slice(0, end), name),
    }));
}
