import type { HistoryEvent, RecordedHistory } from '../../replay/history.js';
import { eventName, parseHistory, valueOf } from '../../replay/history.js';

/** A history event with all its fields, as Temporal's JSON has them. */
export type RawEvent = HistoryEvent & Record<string, unknown>;

export function rawEvents({ events }: RecordedHistory): RawEvent[] {
  return events as RawEvent[];
}

/** A workflow task that was completed, and the commands that the code gave in it. The numbers are places in the list of events. */
export interface Task {
  scheduled: number;
  started: number;
  completed: number;
  /** Place of the first event after the task's commands. */
  end: number;
}

/** The completed workflow tasks of a history, in order. */
export function tasksOf(events: RawEvent[]): Task[] {
  const tasks: Task[] = [];
  const at = new Map(events.map(({ eventId }, index) => [Number(eventId), index]));
  events.forEach((event, completed) => {
    const attributes = event['workflowTaskCompletedEventAttributes'] as
      { scheduledEventId: string; startedEventId: string } | undefined;
    if (!attributes) return;
    let end = completed + 1;
    while (end < events.length && isCommand(events[end]!, event.eventId)) end += 1;
    tasks.push({
      scheduled: at.get(Number(attributes.scheduledEventId))!,
      started: at.get(Number(attributes.startedEventId))!,
      completed,
      end,
    });
  });
  return tasks;
}

/** Whether the event records something that the code did in this workflow task. Events of Updates do not say in which they were. */
function isCommand(event: RawEvent, task: string | number): boolean {
  if (/^EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_(ACCEPTED|REJECTED|COMPLETED)$/.test(event.eventType)) return true;
  return String(taskOf(event)) === String(task);
}

/** The workflow task whose completion recorded this event. */
export function taskOf(event: RawEvent): unknown {
  return attributesOf(event)['workflowTaskCompletedEventId'];
}

export function attributesOf(event: RawEvent): Record<string, unknown> {
  const name = Object.keys(event).find((key) => key.endsWith('EventAttributes'));
  return (name === undefined ? {} : event[name]) as Record<string, unknown>;
}

/** What the marker of a local activity says about its call. */
export interface LocalCall {
  seq: number;
  activity_id: string;
  activity_type: string;
  complete_time: { seconds: number; nanos: number };
  original_schedule_time: { seconds: number; nanos: number };
}

/** The local call that ended with this event; undefined for any other event. */
export function localCallOf(event: RawEvent | undefined): LocalCall | undefined {
  const marker = event?.markerRecordedEventAttributes;
  if (marker?.markerName !== 'core_local_activity') return undefined;
  return valueOf(marker.details?.['data']?.payloads?.[0]) as LocalCall | undefined;
}

/** A copy of the marker that says something else about its call. */
export function withLocalCall(event: RawEvent, call: LocalCall): RawEvent {
  const copy = structuredClone(event);
  const payload = copy.markerRecordedEventAttributes!.details!['data']!.payloads![0]!;
  payload.data = encode(call);
  return copy;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64');
}

/** For example `event 9 (bookParcel east)`. */
export function nameOf(event: RawEvent): string {
  const summary = valueOf(event.userMetadata?.summary);
  const step = typeof summary === 'string' ? summary.replace(/ ~\S+$/, '') : eventName(event);
  return `event ${event.eventId} (${step})`;
}

/**
 * Numbers events from 1 in their new order, and changes what refers to them. Events that two places share keep their references.
 *
 * @returns a history of the same run.
 */
export function renumbered(history: RecordedHistory, events: RawEvent[], name = history.name): RecordedHistory {
  const ids = new Map(events.map(({ eventId }, index) => [String(eventId), String(index + 1)]));
  const moved = events.map((event, index) => ({
    ...(mapJson(event, (value, key) =>
      key?.endsWith('EventId') ? (ids.get(String(value)) ?? value) : value,
    ) as RawEvent),
    eventId: String(index + 1),
  }));
  return parseHistory(JSON.stringify({ events: moved }), name);
}

/** A copy of a JSON value in which each text and number is replaced. */
function mapJson(value: unknown, replace: (leaf: string | number, key?: string) => unknown, key?: string): unknown {
  if (Array.isArray(value)) return value.map((item) => mapJson(item, replace, key));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, mapJson(field, replace, name)]));
  }
  return typeof value === 'string' || typeof value === 'number' ? replace(value, key) : value;
}

/** The same for an event, in the values of its payloads too. */
export function mapEvent(event: RawEvent, replace: (leaf: string | number, key?: string) => unknown): RawEvent {
  const map = (value: unknown, key?: string): unknown => {
    if (Array.isArray(value)) return value.map((item) => map(item, key));
    if (typeof value !== 'object' || value === null) {
      return typeof value === 'string' || typeof value === 'number' ? replace(value, key) : value;
    }
    const content = valueOf(value);
    if (content !== undefined) return { ...value, data: encode(mapJson(content, replace)) };
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, map(field, name)]));
  };
  return map(event) as RawEvent;
}
