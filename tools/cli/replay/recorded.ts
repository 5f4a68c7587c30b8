import { defined } from '../../../contracts/defined.js';
import { eventName, valueOf, type HistoryEvent, type Payload, type RecordedHistory } from './history.js';
import { Keys, splitSummary, stepOf, type TraceCommand } from './trace.js';

/** A command as the history has it. A history lacks the input of a local activity, and some of the settings. */
export interface RecordedCommand extends TraceCommand {
  eventId: number;
}

/** The attributes of any event: `activityTaskScheduledEventAttributes` and its like. */
type Attributes = Record<string, unknown> & {
  activityId?: string;
  timerId?: string;
  startedEventId?: string;
  scheduledEventId?: string;
  acceptedEventId?: string;
  protocolInstanceId?: string;
};

type Facts = Omit<TraceCommand, 'key' | 'task' | 'step'> & { key?: string };

/** The commands that a history records, in the order of their events. A local activity stands where its answer was recorded. */
export function recordedCommands({ events }: RecordedHistory): RecordedCommand[] {
  const keys = new Keys();
  const byEvent = new Map<string, RecordedCommand>();
  const commands: RecordedCommand[] = [];
  let task = 0;
  for (const event of events) {
    if (eventName(event) === 'WorkflowTaskStarted') task = Number(event.eventId);
    const facts = factsOf(event, (id) => byEvent.get(String(id)));
    if (!facts) continue;
    const { key, ...rest } = facts;
    const command: RecordedCommand = {
      key: keys.next(key ?? facts.kind),
      task,
      ...defined({ step: stepOf(facts) }),
      ...rest,
      eventId: Number(event.eventId),
    };
    byEvent.set(String(event.eventId), command);
    commands.push(command);
  }
  return commands;
}

/** The local activity whose end a marker records; undefined for any other event. */
function localActivityOf(event: HistoryEvent): { activity_type: string; seq: number } | undefined {
  const marker = event.markerRecordedEventAttributes;
  if (marker?.markerName !== 'core_local_activity') return undefined;
  return valueOf(marker.details?.data?.payloads?.[0]) as { activity_type: string; seq: number } | undefined;
}

/** @param at finds the command of an earlier event. */
function factsOf(event: HistoryEvent, at: (eventId: unknown) => RecordedCommand | undefined): Facts | undefined {
  const text = valueOf(event.userMetadata?.summary);
  const named = splitSummary(typeof text === 'string' ? text : undefined);
  const attributes = attributesOf(event);
  switch (eventName(event)) {
    case 'MarkerRecorded':
      return markerFacts(event, named);
    case 'ActivityTaskScheduled':
      return activityFacts(attributes, named);
    case 'TimerStarted': {
      const durationMs = millisecondsOf(attributes.startToFireTimeout);
      return { kind: 'timer', key: `timer ${attributes.timerId}`, ...named, ...defined({ durationMs }) };
    }
    case 'TimerCanceled':
      return cancelOf(at(attributes.startedEventId));
    case 'ActivityTaskCancelRequested':
      return cancelOf(at(attributes.scheduledEventId));
    case 'UpsertWorkflowSearchAttributes': {
      const input = fieldsOf((attributes.searchAttributes as { indexedFields?: Fields } | undefined)?.indexedFields);
      // The SDK's native part writes it beside the marker of a patch.
      return 'TemporalChangeVersion' in input ? undefined : { kind: 'search attributes', input };
    }
    case 'WorkflowPropertiesModified':
      return { kind: 'memo', input: fieldsOf((attributes.upsertedMemo as { fields?: Fields } | undefined)?.fields) };
    default:
      return updateFacts(event, attributes, at) ?? otherRunFacts(event, attributes) ?? endFacts(event);
  }
}

function markerFacts(event: HistoryEvent, named: Pick<Facts, 'summary' | 'digest'>): Facts | undefined {
  const local = localActivityOf(event);
  if (local) {
    return { kind: 'local activity', key: `local activity ${local.seq}`, type: local.activity_type, ...named };
  }
  const { markerName, details } = event.markerRecordedEventAttributes ?? {};
  if (markerName !== 'core_patch') return undefined;
  const { id = '?' } = (valueOf(details?.['patch-data']?.payloads?.[0]) ?? {}) as { id?: string };
  return { kind: 'patch', key: `patch ${id}`, type: id };
}

function activityFacts(attributes: Attributes, named: Pick<Facts, 'summary' | 'digest'>): Facts {
  const { activityId = '?', activityType, taskQueue, input, retryPolicy } = attributes;
  const retry = (retryPolicy ?? {}) as Record<string, unknown>;
  return {
    kind: 'activity',
    key: `activity ${activityId}`,
    id: activityId,
    ...defined({ type: (activityType as Named | undefined)?.name }),
    ...named,
    input: valuesOf(input),
    ...defined({ taskQueue: (taskQueue as Named | undefined)?.name }),
    settings: defined({
      scheduleToCloseMs: millisecondsOf(attributes.scheduleToCloseTimeout),
      startToCloseMs: millisecondsOf(attributes.startToCloseTimeout),
      scheduleToStartMs: millisecondsOf(attributes.scheduleToStartTimeout),
      heartbeatMs: millisecondsOf(attributes.heartbeatTimeout),
      retryInitialMs: millisecondsOf(retry.initialInterval),
      retryMaximumMs: millisecondsOf(retry.maximumInterval),
      retryCoefficient: retry.backoffCoefficient as number | undefined,
      retryAttempts: retry.maximumAttempts as number | undefined,
    }),
  };
}

function cancelOf(begun: RecordedCommand | undefined): Facts | undefined {
  return begun && { kind: 'cancel', key: `cancel ${begun.key}`, ...defined({ summary: begun.summary }) };
}

function updateFacts(
  event: HistoryEvent,
  attributes: Attributes,
  at: (eventId: unknown) => RecordedCommand | undefined,
): Facts | undefined {
  if (eventName(event) === 'WorkflowExecutionUpdateAccepted') {
    const id = attributes.protocolInstanceId ?? '?';
    const { input } = (attributes.acceptedRequest ?? {}) as { input?: Named };
    // After a Reset, the request stands in an event of its own, so the name is missing here.
    return { kind: 'update accepted', key: `update accepted ${id}`, id, ...defined({ type: input?.name }) };
  }
  if (eventName(event) !== 'WorkflowExecutionUpdateCompleted') return undefined;
  const { id = '?', type } = at(attributes.acceptedEventId) ?? {};
  const { success, failure } = (attributes.outcome ?? {}) as { success?: Payloads; failure?: Failure };
  const facts = { id, ...defined({ type }) };
  if (!failure) return { kind: 'update completed', key: `update completed ${id}`, ...facts, input: valuesOf(success) };
  const { type: code, summary, input: details } = failureFacts(failure);
  const because = `${code ?? 'Error'}: ${summary ?? ''}`;
  return { kind: 'update rejected', key: `update rejected ${id}`, ...facts, summary: because, input: details };
}

function otherRunFacts(event: HistoryEvent, attributes: Attributes): Facts | undefined {
  const input = valuesOf(attributes.input);
  if (eventName(event) === 'StartChildWorkflowExecutionInitiated') {
    const { workflowId: id, workflowType } = attributes as { workflowId?: string; workflowType?: Named };
    return { kind: 'child workflow', ...defined({ id, type: workflowType?.name }), input };
  }
  if (eventName(event) !== 'SignalExternalWorkflowExecutionInitiated') return undefined;
  const { workflowExecution, signalName: type } = attributes as { workflowExecution?: Attributes; signalName?: string };
  return { kind: 'signal', ...defined({ id: workflowExecution?.workflowId as string | undefined, type }), input };
}

function endFacts(event: HistoryEvent): Facts | undefined {
  const completed = event.workflowExecutionCompletedEventAttributes;
  if (completed) return { kind: 'completed', input: valuesOf(completed.result) };
  const failed = event.workflowExecutionFailedEventAttributes?.failure;
  if (failed) return { kind: 'failed', ...failureFacts(failed) };
  const name = eventName(event);
  if (name === 'WorkflowExecutionCanceled') return { kind: 'cancelled' };
  if (name !== 'WorkflowExecutionContinuedAsNew') return undefined;
  const { workflowType, input } = attributesOf(event);
  return {
    kind: 'continued as new',
    ...defined({ type: (workflowType as Named | undefined)?.name }),
    input: valuesOf(input),
  };
}

interface Named {
  name?: string;
}
type Payloads = { payloads?: Payload[] };
type Fields = Record<string, Payload>;
type Failure = NonNullable<NonNullable<HistoryEvent['workflowExecutionFailedEventAttributes']>['failure']>;

function failureFacts({ message, applicationFailureInfo: info }: Failure): Pick<Facts, 'type' | 'summary' | 'input'> {
  return { ...defined({ type: info?.type, summary: message }), input: valuesOf(info?.details) };
}

function attributesOf(event: HistoryEvent): Attributes {
  const name = Object.keys(event).find((key) => key.endsWith('EventAttributes'));
  return (name ? (event as unknown as Record<string, Attributes>)[name] : undefined) ?? {};
}

/** One value as it is, several as a list. */
function valuesOf(data: unknown): unknown {
  const values = ((data as Payloads | undefined)?.payloads ?? []).map(valueOf);
  return values.length > 1 ? values : values[0];
}

function fieldsOf(fields: Fields | undefined): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields ?? {}).map(([name, payload]) => [name, valueOf(payload)]));
}

/** A duration in Temporal's JSON: `2.500s`. */
function millisecondsOf(duration: unknown): number | undefined {
  return typeof duration === 'string' ? Math.round(parseFloat(duration) * 1e6) / 1e3 : undefined;
}
