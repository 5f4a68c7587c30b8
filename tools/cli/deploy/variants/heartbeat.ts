import type { RecordedHistory } from '../../replay/history.js';
import { localCallOf, nameOf, rawEvents, renumbered, taskOf, tasksOf, type RawEvent, type Task } from './events.js';
import type { Variant } from './variant.js';

/**
 * While a local call lasts, the worker completes its workflow task with what it has so far and begins a new one. A slow service or a busy
 * worker does that anywhere between two calls. So for each end of a local call there is a variant in which it came after such a heartbeat,
 * and one in which every one did.
 */
export function heartbeats(history: RecordedHistory): Variant[] {
  const events = rawEvents(history);
  const places = placesOf(events);
  const each = places.map(({ at, task }) => ({
    kind: 'heartbeat' as const,
    place: String(events[at]!.eventId),
    what: `a heartbeat before ${nameOf(events[at]!)}`,
    make: (name: string) => withHeartbeats(history, [{ at, task }], name),
  }));
  if (places.length < 2) return each;
  return [
    ...each,
    {
      kind: 'heartbeat',
      place: 'all',
      what: `a heartbeat before the end of each of ${places.length} local calls`,
      make: (name) => withHeartbeats(history, places, name),
    },
  ];
}

interface Place {
  /** The heartbeat stands before this event. */
  at: number;
  task: Task;
}

/** Only the end of a local call ends the waiting for one. An Update that was accepted in the task came before it. */
function placesOf(events: RawEvent[]): Place[] {
  return tasksOf(events).flatMap((task) =>
    events
      .slice(task.completed + 1, task.end)
      .flatMap((event, offset) => (localCallOf(event) ? [{ at: task.completed + 1 + offset, task }] : [])),
  );
}

function withHeartbeats(history: RecordedHistory, places: Place[], name: string): RecordedHistory {
  const events = rawEvents(history);
  const before = new Map(places.map(({ at, task }) => [at, task]));
  /** Tasks whose later commands belong to an inserted task. */
  const insteadOf = new Map<string, string>();
  const changed: RawEvent[] = [];
  events.forEach((event, index) => {
    const task = before.get(index);
    if (task) {
      const ids = ['scheduled', 'started', 'completed'].map((part) => `${part} before ${event.eventId}`);
      changed.push(...emptyTask(events, task, index, ids as [string, string, string]));
      insteadOf.set(String(events[task.completed]!.eventId), ids[2]!);
    }
    const moved = insteadOf.get(String(taskOf(event)));
    changed.push(moved === undefined ? event : inTask(event, moved));
  });
  return renumbered(history, changed, name);
}

/** A workflow task like the given one, at the time when the local call before it had ended. */
function emptyTask(
  events: RawEvent[],
  task: Task,
  at: number,
  [scheduled, started, completed]: [string, string, string],
): RawEvent[] {
  const eventTime = latestEnd(events, task, at);
  const part = (index: number, eventId: string): RawEvent => ({
    ...structuredClone(events[index]!),
    eventId,
    eventTime,
  });
  const [first, second, third] = [
    part(task.scheduled, scheduled),
    part(task.started, started),
    part(task.completed, completed),
  ];
  Object.assign(second['workflowTaskStartedEventAttributes']!, { scheduledEventId: scheduled });
  Object.assign(third['workflowTaskCompletedEventAttributes']!, {
    scheduledEventId: scheduled,
    startedEventId: started,
    sdkMetadata: {},
  });
  return [first, second, third];
}

/** When the last local call before this place had ended, or when the task began. The code's clock must not go back. */
function latestEnd(events: RawEvent[], task: Task, at: number): unknown {
  let latest = events[task.started]!['eventTime'] as string;
  for (const event of events.slice(task.completed + 1, at)) {
    const ended = localCallOf(event)?.complete_time;
    if (!ended) continue;
    const seconds = new Date(ended.seconds * 1000).toISOString().slice(0, 19);
    const time = `${seconds}.${String(ended.nanos).padStart(9, '0')}Z`;
    if (time > latest) latest = time;
  }
  return latest;
}

function inTask(event: RawEvent, completed: string): RawEvent {
  const copy = structuredClone(event);
  const name = Object.keys(copy).find((key) => key.endsWith('EventAttributes'))!;
  Object.assign(copy[name]!, { workflowTaskCompletedEventId: completed });
  return copy;
}
