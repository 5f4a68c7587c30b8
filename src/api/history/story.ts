import type { Client } from '@temporalio/client';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { historyToJSON, type History, type Payload } from '@temporalio/common/lib/proto-utils.js';
import { z } from 'zod';
import { defined } from '../../../contracts/defined.js';
import type { CommandEnvelope } from '../../../workflows/temporal/protocol.js';
import { balance, balanceOf } from './balance.js';
import { stepOfActivity } from '../orders/pending-attempts.js';

/** One event of a run, reduced to what describes the order. */
const storyEvent = z.strictObject({
  /** Temporal's event id, as the Web UI shows it. */
  id: z.int(),
  time: z.iso.datetime(),
  /** Temporal's name of the event type; `LocalActivity` for the marker that records one. */
  type: z.string(),
  /** Of an activity or a timer. */
  step: z.string().exactOptional(),
  attempt: z.int().exactOptional(),
  summary: z.string().exactOptional(),
  /** Of a command: the name of the API key that sent it. */
  by: z.string().exactOptional(),
  /** Of a call that moved money: the sums of the payment after it, in minor units. */
  balance: balance.exactOptional(),
});
export type StoryEvent = z.infer<typeof storyEvent>;

export const orderHistory = z
  .strictObject({
    workflowId: z.string(),
    runId: z.string(),
    temporalUi: z.string(),
    events: z.array(storyEvent),
  })
  .meta({ id: 'OrderHistory' });

/** Temporal's own JSON, as `temporal workflow show --output json` prints it. */
export const temporalHistory = z
  .strictObject({
    events: z.array(z.looseObject({ eventId: z.string(), eventTime: z.iso.datetime(), eventType: z.string() })),
  })
  .meta({ id: 'TemporalHistory' });
export type HistoryJson = z.infer<typeof temporalHistory>;

export const historyJson = (history: History): HistoryJson => JSON.parse(historyToJSON(history)) as HistoryJson;

type Event = NonNullable<History['events']>[number];
type Converter = Client['options']['loadedDataConverter'];
type About = Pick<StoryEvent, 'step' | 'attempt' | 'summary' | 'by'>;

/** Workflow tasks and the run's own attributes say nothing about the order. */
const bookkeeping = /^(WorkflowTask|UpsertWorkflowSearchAttributes|WorkflowPropertiesModified)/;

/** @returns the events of the history that describe the order. Events that belong together have the same step and summary. */
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
    if (bookkeeping.test(type)) continue;
    const money = defined({
      balance: await balanceOf(event, history, (payload) => decode(payload ?? undefined, converter)),
    });
    story.push({ id, time: new Date(eventTime).toISOString(), type, ...known, ...money });
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
  const local = await localActivity(event, converter);
  return defined({
    step: inherited.step ?? stepOf(event, local, summary ?? '', orderId),
    attempt: (event.activityTaskStartedEventAttributes?.attempt ?? local?.attempt) || undefined,
    summary,
    by: inherited.by ?? (await senderOf(event, converter)),
  });
}

/** The event that this event continues: where its activity was scheduled, its timer started or its Update accepted. */
function firstEventOf(event: Event): number | undefined {
  const attributes = event[event.attributes as keyof Event] as Record<string, unknown> | undefined;
  const { scheduledEventId, startedEventId, acceptedEventId } = attributes ?? {};
  const timer = event.timerFiredEventAttributes ?? event.timerCanceledEventAttributes;
  const id = timer ? startedEventId : (scheduledEventId ?? acceptedEventId);
  return id === undefined || id === null ? undefined : Number(id);
}

/** The name of a Signal or an Update. */
function nameOf(event: Event): string | undefined {
  return (
    event.workflowExecutionSignaledEventAttributes?.signalName ??
    event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name ??
    undefined
  );
}

/** The name of the API key that sent a command; the role, where it was sent by hand. */
async function senderOf(event: Event, converter: Converter): Promise<string | undefined> {
  const { input } = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest ?? {};
  const envelope = await decode<Partial<CommandEnvelope<unknown>>>(input?.args?.payloads?.[0], converter);
  return envelope?.by?.name ?? envelope?.by?.role;
}

/**
 * The step of an activity or a timer; other events have none. An activity's id is `<step>:<operation>`. The summary of a timer and of a
 * local activity begins with the step, as in `authorizePayment: the payment is due`; a parcel's part of the id follows, as in
 * `bookParcel east`.
 */
function stepOf(event: Event, local: LocalActivity | undefined, summary: string, orderId: string): string | undefined {
  const scheduled = event.activityTaskScheduledEventAttributes;
  if (scheduled) return stepOfActivity(scheduled.activityId ?? '') || undefined;
  // A write to the order book belongs to no step.
  const isOfStep = local ? !local.activity_type?.startsWith('orders.') : event.timerStartedEventAttributes;
  if (!isOfStep) return undefined;
  const beginning = local ? /^(\S+?)(?: (\S+))?(?:: |$)/ : /^(\S+?)(?: (\S+))?: /;
  const [, step, parcel] = beginning.exec(summary) ?? [];
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
  // The digest of a local activity's input is for replays.
  return typeof value === 'string' ? value.replace(/ ~\w+$/, '') : undefined;
}

async function decode<T>(payload: Payload | undefined, converter: Converter): Promise<T | undefined> {
  return payload && decodeFromPayloadsAtIndex<T>(converter, 0, [payload]);
}
