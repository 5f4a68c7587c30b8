import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { historyFromJSON, historyToJSON, type History } from '@temporalio/common/lib/proto-utils.js';
import { CannotRun } from '../command.js';

/** An event of Temporal's JSON history: the fields that are read here. */
export interface HistoryEvent {
  eventId: string | number;
  /** For example `EVENT_TYPE_TIMER_STARTED`. */
  eventType: string;
  userMetadata?: { summary?: Payload };
  workflowExecutionStartedEventAttributes?: {
    workflowId?: string;
    workflowType?: { name?: string };
    originalExecutionRunId?: string;
  };
  activityTaskScheduledEventAttributes?: { activityId?: string; activityType?: { name?: string } };
  markerRecordedEventAttributes?: { markerName?: string; details?: Record<string, { payloads?: Payload[] }> };
  workflowExecutionCompletedEventAttributes?: { result?: { payloads?: Payload[] } };
  workflowExecutionFailedEventAttributes?: {
    failure?: {
      message?: string;
      applicationFailureInfo?: { type?: string; details?: { payloads?: Payload[] } };
    };
  };
}

export interface Payload {
  metadata?: { encoding?: string };
  data?: string;
}

/** A recorded run. */
export interface RecordedHistory {
  /** The file it came from, or the workflow id. */
  name: string;
  workflowId: string;
  /** Unset if it came from a file. */
  runId?: string;
  /** Whether the run had not ended when the history was read. */
  isOpen: boolean;
  workflowType: string;
  events: HistoryEvent[];
  /** The same history as the SDK takes it. */
  proto: History;
}

/**
 * Reads a history that `temporal workflow show --output json` or GET /v1/orders/{id}/history?format=temporal made.
 *
 * @param name what reports call it.
 * @throws {CannotRun} when the file is missing, or is something else.
 */
export async function readHistory(file: string, name = basename(file)): Promise<RecordedHistory> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CannotRun(`cannot read ${file}: ${code === 'ENOENT' ? 'there is no such file' : message}`);
  }
  return parseHistory(text, name);
}

/** The history of a run, as the SDK's client has read it. */
export function historyOf(proto: History, workflowId: string, runId: string): RecordedHistory {
  const events = eventsOf(proto);
  const workflowType = events[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name;
  if (workflowType === undefined) {
    throw new CannotRun(`${workflowId} does not begin with a WorkflowExecutionStarted event`);
  }
  return { name: workflowId, workflowId, runId, workflowType, isOpen: isOpenAt(events), events, proto };
}

export function parseHistory(text: string, name: string): RecordedHistory {
  const wanted = 'expected the output of `temporal workflow show --output json`, or of GET .../history?format=temporal';
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new CannotRun(`${name} is not JSON (${(error as Error).message}); ${wanted}`);
  }
  const events = (json as { events?: unknown } | null)?.events;
  if (!Array.isArray(events) || events.length === 0) throw new CannotRun(`${name} has no list \`events\`; ${wanted}`);
  const first = events[0] as Partial<HistoryEvent> | null;
  const started = first?.workflowExecutionStartedEventAttributes;
  const workflowType = started?.workflowType?.name;
  if (first?.eventType !== 'EVENT_TYPE_WORKFLOW_EXECUTION_STARTED' || workflowType === undefined) {
    throw new CannotRun(`${name} does not begin with a WorkflowExecutionStarted event; ${wanted}`);
  }
  const damage = damageOf(events as (Partial<HistoryEvent> | null)[]);
  if (damage !== undefined) throw new CannotRun(`${name} is not a history: ${damage}; ${wanted}`);
  let proto: History;
  try {
    proto = historyFromJSON(json);
  } catch (error) {
    throw new CannotRun(`${name} is not a history: ${(error as Error).message}; ${wanted}`);
  }
  return {
    name,
    workflowType,
    isOpen: isOpenAt(events as HistoryEvent[]),
    // Older servers leave the id out. Then no child workflow can be matched, and none is needed.
    workflowId: started?.workflowId ?? name,
    events: events as HistoryEvent[],
    proto,
  };
}

const closing = /^EVENT_TYPE_WORKFLOW_EXECUTION_(COMPLETED|FAILED|TIMED_OUT|CANCELED|TERMINATED|CONTINUED_AS_NEW)$/;

const isOpenAt = (events: HistoryEvent[]): boolean => !closing.test(events.at(-1)!.eventType);

/**
 * Temporal numbers events from 1 without a gap. The SDK never answers for a list with a gap: its native part hangs.
 *
 * @returns what is wrong with the list, or undefined.
 */
function damageOf(events: (Partial<HistoryEvent> | null)[]): string | undefined {
  for (const [index, event] of events.entries()) {
    if (typeof event?.eventType !== 'string') return `entry ${index + 1} of \`events\` has no eventType`;
    const { eventId = 'none' } = event;
    if (typeof eventId === 'object' || String(eventId) !== String(index + 1)) {
      return `entry ${index + 1} of \`events\` has the eventId ${JSON.stringify(eventId)}`;
    }
    if (closing.test(event.eventType) && index < events.length - 1) {
      return `event ${index + 1} closes the run, but others follow`;
    }
  }
  return undefined;
}

/** The events of a history that the SDK's client has read. */
export function eventsOf(proto: History): HistoryEvent[] {
  return (JSON.parse(historyToJSON(proto)) as { events?: HistoryEvent[] }).events ?? [];
}

/** Whether a workflow task was completed. Before that, the run has done nothing to compare. */
export function hasBegun({ events }: RecordedHistory): boolean {
  return events.some(({ eventType }) => eventType === 'EVENT_TYPE_WORKFLOW_TASK_COMPLETED');
}

/** The value of a JSON payload; undefined for any other encoding, such as an encrypted one. */
export function valueOf(payload: Payload | undefined): unknown {
  const decode = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');
  if (payload?.data === undefined || decode(payload.metadata?.encoding ?? '') !== 'json/plain') return undefined;
  return JSON.parse(decode(payload.data));
}

/** Temporal's name of the event, for example `TimerStarted`. */
export function eventName({ eventType }: HistoryEvent): string {
  return eventType
    .replace(/^EVENT_TYPE_/, '')
    .split('_')
    .map((word) => word[0]! + word.slice(1).toLowerCase())
    .join('');
}
