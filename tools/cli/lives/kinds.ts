import type { OrderView, ReturnView } from '../../../contracts/order.js';
import { eventName, valueOf, type HistoryEvent, type Payload, type RecordedHistory } from '../replay/history.js';

/**
 * What a history shows of the workflow code, as kinds: `step bookParcel undone`, `command cancel refused`, `timer the payment is due fired`.
 */
export function kindsOf({ workflowType, events }: RecordedHistory): Set<string> {
  const kinds = new Set([`workflow ${workflowType}`]);
  const scheduled = new Map<string, HistoryEvent>();
  const accepted = new Map<string, string>();
  for (const event of events as RecordedEvent[]) {
    const name = eventName(event);
    scheduled.set(String(event.eventId), event);
    if (name === 'WorkflowExecutionCancelRequested') kinds.add('cancel from the Web UI');
    if (name === 'StartChildWorkflowExecutionInitiated') kinds.add('child workflow started');
    if (name === 'StartChildWorkflowExecutionFailed') kinds.add('child workflow there already');
    if (name === 'SignalExternalWorkflowExecutionInitiated') kinds.add('other run signalled');
    if (name === 'WorkflowExecutionContinuedAsNew') kinds.add('continued as new');
    const signal = event.workflowExecutionSignaledEventAttributes?.signalName;
    if (signal !== undefined) kinds.add(`event ${signal}`);
    noteTimer(event, scheduled, kinds);
    noteCall(event, scheduled, kinds);
    noteUpdate(event, accepted, kinds);
    noteAttributes(event, kinds);
    noteEnd(event, kinds);
  }
  return kinds;
}

/** The fields that are read here, beside those of history.ts. */
interface RecordedEvent extends HistoryEvent {
  workflowExecutionStartedEventAttributes?: HistoryEvent['workflowExecutionStartedEventAttributes'] & {
    input?: { payloads?: Payload[] };
  };
  workflowExecutionSignaledEventAttributes?: { signalName?: string };
  timerFiredEventAttributes?: { startedEventId?: string };
  timerCanceledEventAttributes?: { startedEventId?: string };
  activityTaskCompletedEventAttributes?: { scheduledEventId?: string };
  activityTaskFailedEventAttributes?: { scheduledEventId?: string; failure?: RecordedFailure };
  workflowExecutionUpdateAcceptedEventAttributes?: {
    acceptedRequest?: { meta?: { updateId?: string }; input?: { name?: string; args?: { payloads?: Payload[] } } };
  };
  workflowExecutionUpdateCompletedEventAttributes?: {
    meta?: { updateId?: string };
    outcome?: { failure?: RecordedFailure };
  };
  upsertWorkflowSearchAttributesEventAttributes?: { searchAttributes?: { indexedFields?: Record<string, Payload> } };
}

interface RecordedFailure {
  applicationFailureInfo?: { type?: string };
  cause?: RecordedFailure;
}

/** The part of a timer's summary that says what it is for: the step stands before it. */
export function purposeOf(summary: string): string {
  return summary.split(': ').at(-1)!;
}

function noteTimer(event: RecordedEvent, scheduled: Map<string, HistoryEvent>, kinds: Set<string>): void {
  const fired = event.timerFiredEventAttributes?.startedEventId;
  const started = fired ?? event.timerCanceledEventAttributes?.startedEventId;
  if (started === undefined) return;
  const summary = valueOf(scheduled.get(String(started))?.userMetadata?.summary);
  kinds.add(`timer ${purposeOf(String(summary))} ${fired === undefined ? 'cancelled' : 'fired'}`);
}

function noteCall(event: RecordedEvent, scheduled: Map<string, HistoryEvent>, kinds: Set<string>): void {
  const local = event.markerRecordedEventAttributes;
  if (local?.markerName === 'core_local_activity') {
    const { activity_type: type } = valueOf(local.details?.data?.payloads?.[0]) as { activity_type: string };
    kinds.add(`call ${type}`);
    noteRejection(type, (local as { failure?: RecordedFailure }).failure, kinds);
  }
  const queued = event.activityTaskScheduledEventAttributes?.activityType?.name;
  if (queued !== undefined) kinds.add(`ordinary call ${queued}`);
  const failed = event.activityTaskFailedEventAttributes;
  if (!failed) return;
  const call = scheduled.get(String(failed.scheduledEventId))?.activityTaskScheduledEventAttributes;
  noteRejection(call!.activityType!.name!, failed.failure, kinds);
}

function noteRejection(type: string, failure: RecordedFailure | undefined, kinds: Set<string>): void {
  for (let each = failure; each; each = each.cause) {
    const code = each.applicationFailureInfo?.type;
    if (code !== undefined) kinds.add(code === 'service_fault' ? `fault ${type}` : `rejection ${type} ${code}`);
  }
}

function noteUpdate(event: RecordedEvent, accepted: Map<string, string>, kinds: Set<string>): void {
  const request = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest;
  if (request) {
    const { name = '', args } = request.input!;
    accepted.set(request.meta!.updateId!, name);
    const { body } = valueOf(args?.payloads?.[0]) as { body: { action?: string } };
    if (name === 'resolve') kinds.add(`repair ${body.action}`);
  }
  const done = event.workflowExecutionUpdateCompletedEventAttributes;
  if (!done) return;
  const name = accepted.get(done.meta!.updateId!)!;
  const failure = done.outcome?.failure;
  kinds.add(`command ${name} ${failure ? 'refused' : 'taken'}`);
  if (failure) kinds.add(`refusal ${failure.applicationFailureInfo?.type}`);
}

function noteAttributes(event: RecordedEvent, kinds: Set<string>): void {
  const fields = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields ?? {};
  const valueAt = (name: string) => (fields[name]?.data ? valueOf(fields[name]) : undefined);
  const [status, failure] = [valueAt('OrderStatus'), valueAt('FailureCode')];
  if (typeof status === 'string') kinds.add(`status ${status}`);
  if (typeof failure === 'string') kinds.add(`failure ${failure}`);
}

/** What the view of a run shows at its end, and the view of an order that a run settles. */
function noteEnd(event: RecordedEvent, kinds: Set<string>): void {
  const completed = event.workflowExecutionCompletedEventAttributes?.result?.payloads?.[0];
  const failed = event.workflowExecutionFailedEventAttributes?.failure?.applicationFailureInfo?.details?.payloads?.[0];
  const input = event.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  const settled = input && (valueOf(input) as { view?: unknown }).view;
  for (const end of [completed && valueOf(completed), failed && valueOf(failed), settled]) {
    if (Array.isArray(end)) noteReturns(end as ReturnView[], kinds);
    else if (typeof end === 'object' && end !== null && 'steps' in end) noteView(end as OrderView, kinds);
  }
}

function noteReturns(returns: readonly ReturnView[], kinds: Set<string>): void {
  for (const { status } of returns) kinds.add(`return ${status}`);
  // The code of the walk's end; the run of an order's returns completes all the same.
  if (kinds.has('return rejected')) kinds.add('failure return_rejected');
}

function noteView({ steps, failure, shipments }: OrderView, kinds: Set<string>): void {
  for (const { id, state } of steps) kinds.add(`step ${id.split(':')[0]} ${state}`);
  if (failure) kinds.add(`failure ${failure.code}`);
  if (shipments.length > 1) kinds.add('branches more than one');
  for (const { status } of shipments) kinds.add(`parcel ${status}`);
}
