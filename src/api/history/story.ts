import type { Client } from '@temporalio/client';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { History, Payload } from '@temporalio/common/lib/proto-utils.js';
import type { CommandEnvelope } from '../../../workflows/temporal/protocol.js';
import { historyJson } from './history-json.js';
import { stepOf } from '../orders/pending-attempts.js';

/** One event of a run, without what only Temporal needs. */
export interface StoryEvent {
  /** Temporal's event id, as the Web UI shows it. */
  id: number;
  time: string;
  /** Temporal's name of the event type; `LocalActivity` for the marker that records one. */
  type: string;
  step?: string;
  attempt?: number;
  summary?: string;
  /** Of a command: the name of the key that sent it. */
  by?: string;
}

type Event = NonNullable<History['events']>[number];
type Converter = Client['options']['loadedDataConverter'];
type About = Pick<StoryEvent, 'step' | 'attempt' | 'summary' | 'by'>;

/** Workflow tasks and what a run notes about itself say nothing about the order. */
const bookkeeping = /^(WorkflowTask|UpsertWorkflowSearchAttributes|WorkflowPropertiesModified)/;

/** @returns the run's history as the order's story, in order. Events that belong together carry the same step and summary. */
export async function storyOf(history: History, orderId: string, converter: Converter): Promise<StoryEvent[]> {
  const named = historyJson(history);
  const about = new Map<number, About>();
  const story: StoryEvent[] = [];
  for (const [index, event] of (history.events ?? []).entries()) {
    const { eventType, eventTime } = named.events[index]!;
    const id = Number(event.eventId);
    const known = await aboutOf(event, about, orderId, converter);
    about.set(id, known);
    const type =
      event.markerRecordedEventAttributes?.markerName === localActivityMarker ? 'LocalActivity' : camelCase(eventType);
    if (!bookkeeping.test(type)) story.push({ id, time: new Date(eventTime).toISOString(), type, ...known });
  }
  return story;
}

const localActivityMarker = 'core_local_activity';

/** EVENT_TYPE_TIMER_STARTED -> TimerStarted */
function camelCase(eventType: string): string {
  return eventType
    .replace(/^EVENT_TYPE_/, '')
    .toLowerCase()
    .replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

async function aboutOf(
  event: Event,
  before: ReadonlyMap<number, About>,
  orderId: string,
  converter: Converter,
): Promise<About> {
  const first = firstEventOf(event);
  const { attempt: _, ...inherited } = (first === undefined ? undefined : before.get(first)) ?? {};
  const summary = (await text(event.userMetadata?.summary, converter)) ?? nameOf(event) ?? inherited.summary;
  const activityId = event.activityTaskScheduledEventAttributes?.activityId;
  const local = await localActivity(event, converter);
  const step =
    inherited.step ??
    (event.workflowExecutionStartedEventAttributes ? undefined : stepIn(activityId, summary, orderId, local));
  const by = inherited.by ?? (await senderOf(event, converter));
  const attempt = event.activityTaskStartedEventAttributes?.attempt ?? local?.attempt;
  return {
    ...(step ? { step } : {}),
    ...(attempt ? { attempt } : {}),
    ...(summary ? { summary } : {}),
    ...(by ? { by } : {}),
  };
}

/** The event that an event goes back to: where an activity was scheduled, a timer started, an Update accepted. */
function firstEventOf(event: Event): number | undefined {
  const attributes = event[event.attributes as keyof Event] as Record<string, unknown> | undefined;
  const { scheduledEventId, startedEventId, acceptedEventId } = attributes ?? {};
  const timer = event.timerFiredEventAttributes ?? event.timerCanceledEventAttributes;
  const id = timer ? startedEventId : (scheduledEventId ?? acceptedEventId);
  return id === undefined || id === null ? undefined : Number(id);
}

/** What a message from outside is called. */
function nameOf(event: Event): string | undefined {
  return (
    event.workflowExecutionSignaledEventAttributes?.signalName ??
    event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name ??
    undefined
  );
}

/** The name of the key that sent a command; of one that was sent by hand, what it may. */
async function senderOf(event: Event, converter: Converter): Promise<string | undefined> {
  const { input } = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest ?? {};
  const envelope = await decode<Partial<CommandEnvelope<unknown>>>(input?.args?.payloads?.[0], converter);
  return envelope?.by?.name ?? envelope?.by?.role;
}

/**
 * An activity's id is `<step>:<operation>`; a summary begins with the step, `authorizePayment: the payment is due`, and names a parcel by
 * what its id adds to the order's, `bookParcel east`. What a run notes in the order book belongs to no step.
 */
function stepIn(
  activityId: string | null | undefined,
  summary: string | undefined,
  orderId: string,
  local: LocalActivity | undefined,
): string | undefined {
  const byId = activityId ? stepOf(activityId) : '';
  if (byId) return byId;
  if (local?.activity_type?.startsWith('orders.')) return undefined;
  const beginning = local ? /^(\S+?)(?: (\S+))?(?:: |$)/ : /^(\S+?)(?: (\S+))?: /;
  const [, step, parcel] = beginning.exec(summary ?? '') ?? [];
  return parcel === undefined ? step : `${step}:${orderId}-${parcel}`;
}

interface LocalActivity {
  attempt?: number;
  activity_type?: string;
}

async function localActivity(event: Event, converter: Converter): Promise<LocalActivity | undefined> {
  const marker = event.markerRecordedEventAttributes;
  if (marker?.markerName !== localActivityMarker) return undefined;
  const payloads = marker.details?.data?.payloads;
  return payloads ? decode<LocalActivity>(payloads[0], converter) : undefined;
}

async function text(payload: Payload | null | undefined, converter: Converter): Promise<string | undefined> {
  const value = payload ? await decode<unknown>(payload, converter) : undefined;
  return typeof value === 'string' ? value : undefined;
}

async function decode<T>(payload: Payload | undefined, converter: Converter): Promise<T | undefined> {
  return payload && decodeFromPayloadsAtIndex<T>(converter, 0, [payload]);
}
