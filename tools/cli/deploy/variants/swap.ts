import type { RecordedHistory } from '../../replay/history.js';
import {
  attributesOf,
  localCallOf,
  nameOf,
  rawEvents,
  renumbered,
  tasksOf,
  withLocalCall,
  type LocalCall,
  type RawEvent,
} from './events.js';
import type { Variant } from './variant.js';

/** Two answers that were under way at the same time, in the other order. */
export function swaps(history: RecordedHistory): Variant[] {
  return [...swappedLocalCalls(history), ...swappedAnswers(history)];
}

/**
 * Two neighbouring local calls of a task that began before either ended. The second is known to have begun before the first ended when it
 * has a lower number, or when both were begun at once.
 */
function swappedLocalCalls(history: RecordedHistory): Variant[] {
  const events = rawEvents(history);
  return tasksOf(events).flatMap((task) => {
    const found: Variant[] = [];
    for (let at = task.completed + 1; at + 1 < task.end; at += 1) {
      const [first, second] = [localCallOf(events[at]), localCallOf(events[at + 1])];
      if (!first || !second || !beganBeforeEndOf(second, first)) continue;
      found.push({
        kind: 'swap',
        place: String(events[at]!.eventId),
        what: `${nameOf(events[at + 1]!)} ends before ${nameOf(events[at]!)}`,
        make: (name) => {
          const changed = [...events];
          // The code's clock goes on with the ends of calls, so the times stay where they are.
          changed[at] = withLocalCall(events[at + 1]!, { ...second, complete_time: first.complete_time });
          changed[at + 1] = withLocalCall(events[at]!, { ...first, complete_time: second.complete_time });
          return renumbered(history, changed, name);
        },
      });
    }
    return found;
  });
}

function beganBeforeEndOf(second: LocalCall, first: LocalCall): boolean {
  return second.seq < first.seq || Math.abs(startOf(second) - startOf(first)) < 2;
}

/** In milliseconds. */
function startOf({ original_schedule_time: { seconds, nanos } }: LocalCall): number {
  return seconds * 1000 + nanos / 1e6;
}

/** Neighbouring news of one workflow task: answers of ordinary activities, timers, messages. */
function swappedAnswers(history: RecordedHistory): Variant[] {
  const events = rawEvents(history);
  const found: Variant[] = [];
  let news: [number, number][] = [];
  events.forEach((event, index) => {
    if (event.eventType === 'EVENT_TYPE_WORKFLOW_TASK_STARTED') {
      for (let place = 0; place + 1 < news.length; place += 1) {
        found.push(swapOf(history, events, news[place]!, news[place + 1]!));
      }
      news = [];
    }
    const range = newsAt(events, index);
    if (range) news.push(range);
  });
  return found;
}

/** The events that tell something to the code and end here. The start of an activity stands before its end. */
function newsAt(events: RawEvent[], index: number): [number, number] | undefined {
  const { eventType } = events[index]!;
  if (/^EVENT_TYPE_(TIMER_FIRED|WORKFLOW_EXECUTION_SIGNALED)$/.test(eventType)) return [index, index];
  if (!/^EVENT_TYPE_ACTIVITY_TASK_(COMPLETED|FAILED|TIMED_OUT)$/.test(eventType)) return undefined;
  const started = attributesOf(events[index]!)['startedEventId'];
  return String(events[index - 1]!.eventId) === String(started) ? [index - 1, index] : [index, index];
}

function swapOf(
  history: RecordedHistory,
  events: RawEvent[],
  first: [number, number],
  second: [number, number],
): Variant {
  return {
    kind: 'swap',
    place: String(events[first[1]]!.eventId),
    what: `${nameOf(events[second[1]]!)} comes before ${nameOf(events[first[1]]!)}`,
    make: (name) => {
      const times = events.slice(first[0], second[1] + 1).map(({ eventTime }) => eventTime);
      const between = events.slice(first[1] + 1, second[0]);
      const moved = [
        ...events.slice(second[0], second[1] + 1),
        ...between,
        ...events.slice(first[0], first[1] + 1),
      ].map((event, index) => ({ ...event, eventTime: times[index] }));
      return renumbered(history, [...events.slice(0, first[0]), ...moved, ...events.slice(second[1] + 1)], name);
    },
  };
}
