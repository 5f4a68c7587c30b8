import { defined } from '../../../contracts/defined.js';
import type { OrderView, ReturnView, StepView } from '../../../contracts/order.js';
import { eventName, valueOf, type HistoryEvent, type RecordedHistory } from './history.js';
import type { Asked, Ending } from './witness.js';

/** What was seen of a run while it was replayed. */
export interface Testimony {
  /** `historyLength`: that of the workflow task in which it was asked. */
  asked: (Asked & { historyLength: number })[];
  ending?: Ending;
}

/** Where the code leaves what was recorded. */
export interface Difference {
  /** The first recorded command that the code does not make, or the event at which it broke. */
  eventId?: number;
  /** What stands in the history there. */
  recorded: string;
  /** What the code does instead. */
  now: string;
  advice: string;
}

const changeSafely =
  'A changed graph needs a new definition version: keep this one beside it, unchanged, for the runs that began under it. ' +
  'A change of the engine goes behind patched().';

/**
 * Explains why a replay failed.
 *
 * @param problem the message of the SDK's error.
 */
export function explain(history: RecordedHistory, problem: string, seen: Testimony): Difference {
  const reason = reasonOf(problem);
  const notExported = /Failed to initialize workflow of type '([^']+)'/.exec(reason);
  if (notExported) {
    return {
      ...placeOf(history.events[0]),
      now: `the workflow code exports no ${notExported[1]}`,
      advice:
        'A workflow type stays exported by workflows/index.ts, under its name, for as long as runs of it are kept.',
    };
  }
  if (!/nondeterminism/i.test(reason)) {
    const event = eventAfter(history, seen.asked.at(-1)?.historyLength ?? 0);
    return {
      ...placeOf(event),
      now: `the workflow code throws: ${reason}`,
      advice: `Code that runs wherever this history is replayed must not throw where it did not before. ${changeSafely}`,
    };
  }
  const detail = reason.replace(/^\[TMPRL\d+\] Nondeterminism error: /, '');
  const named = /HistoryEvent\(id: (\d+)/.exec(reason)?.[1];
  const { event, instead } = firstDifference(history, seen);
  const at = named === undefined ? event : history.events.find(({ eventId }) => Number(eventId) === Number(named));
  return { ...placeOf(at), now: `${instead} (${detail})`, advice: changeSafely };
}

/**
 * Temporal compares commands alone, and steps that swap places within one workflow task can make the same ones. So the end is
 * compared too: the steps and what they depend on, the status and the failure.
 *
 * @returns undefined when it is as recorded, or nothing is recorded yet.
 */
export function compareEnding(history: RecordedHistory, seen: Testimony): Difference | undefined {
  const last = history.events.at(-1)!;
  const completed = last.workflowExecutionCompletedEventAttributes;
  const failed = last.workflowExecutionFailedEventAttributes?.failure;
  if ((!completed && !failed) || !seen.ending) return undefined;
  const recorded = completed
    ? valueOf(completed.result?.payloads?.[0])
    : valueOf(failed?.applicationFailureInfo?.details?.payloads?.[0]);
  const now = 'result' in seen.ending ? seen.ending.result : seen.ending.failure.details;
  const [before, after] = [summaryOf(recorded), summaryOf(now)];
  if (!before || !after) return undefined;
  const differing = [...before.keys(), ...after.keys()].find((key) => before.get(key) !== after.get(key));
  if (differing === undefined) return undefined;
  return {
    ...placeOf(last),
    recorded: `${describe(last)}: ${differing}: ${before.get(differing) ?? 'not there'}`,
    now: `${differing}: ${after.get(differing) ?? 'not there'}`,
    advice: changeSafely,
  };
}

/** What of a view, or of the returns, must come out the same: line by line, so that the first difference can be named. */
function summaryOf(value: unknown): Map<string, string> | undefined {
  if (Array.isArray(value)) {
    const returns = value as ReturnView[];
    return new Map(returns.map(({ id, status, refunded }) => [`return ${id}`, `${status}, refunded ${refunded}`]));
  }
  const view = value as Partial<OrderView> | null | undefined;
  if (!Array.isArray(view?.steps)) return undefined;
  const summary = new Map<string, string>();
  for (const step of view.steps) summary.set(`step ${step.id}`, stepLine(step));
  summary.set('status', String(view.status));
  summary.set('failure', view.failure ? `${view.failure.code} at ${view.failure.step}` : 'none');
  return summary;
}

function stepLine({ dependsOn, group, state }: StepView): string {
  const after = dependsOn.length ? `depends on ${[...dependsOn].sort().join(', ')}` : 'depends on nothing';
  return `${after}${group === undefined ? '' : `, group ${group}`}, ${state}`;
}

/** The SDK wraps the core's reason into a dump of the failed completion. */
function reasonOf(problem: string): string {
  const quoted = /message: "((?:[^"\\]|\\.)*)"/.exec(problem)?.[1];
  return quoted === undefined ? problem : quoted.replaceAll('\\n', '\n').replaceAll('\\"', '"');
}

const commands = new Set([
  'ActivityTaskScheduled',
  'TimerStarted',
  'MarkerRecorded',
  'StartChildWorkflowExecutionInitiated',
]);

/** The first workflow task whose commands differ, the recorded command that is missing, and what came in its place. */
function firstDifference(history: RecordedHistory, seen: Testimony): { event?: HistoryEvent; instead: string } {
  const locals = new Map(seen.asked.flatMap((each) => (each.seq === undefined ? [] : [[each.seq, each] as const])));
  for (const { historyLength, events } of tasksOf(history)) {
    const unmatched = seen.asked.filter((each) => each.historyLength === historyLength && each.seq === undefined);
    let missing: { event: HistoryEvent; instead?: Asked } | undefined;
    for (const event of events) {
      const local = localActivityOf(event);
      if (local) {
        // It may have been asked for in an earlier task; what counts is its number.
        const asked = locals.get(local.seq);
        if (asked?.name !== local.activity_type) missing ??= { event, ...defined({ instead: asked }) };
        continue;
      }
      const index = unmatched.findIndex((each) => isSame(each, event));
      if (index >= 0) unmatched.splice(index, 1);
      else missing ??= { event };
    }
    const extra = missing?.instead ?? unmatched[0] ?? newLocal(seen, historyLength, history);
    const instead = extra ? `the code asks for ${show(extra)}` : 'the code does not ask for it';
    if (missing) return { event: missing.event, instead };
    if (unmatched.length) {
      const event = eventAfter(history, historyLength);
      return { ...defined({ event }), instead };
    }
  }
  return { instead: 'the code takes another way' };
}

/** A local activity asked for in a task and recorded nowhere. */
function newLocal(seen: Testimony, historyLength: number, { events }: RecordedHistory): Asked | undefined {
  const recorded = new Map(events.flatMap((event) => localActivityOf(event) ?? []).map((each) => [each.seq, each]));
  return seen.asked.find(
    ({ historyLength: at, seq, name }) =>
      at === historyLength && seq !== undefined && recorded.get(seq)?.activity_type !== name,
  );
}

/** The commands of each workflow task: what the server recorded after its completion. */
function tasksOf({ events }: RecordedHistory): { historyLength: number; events: HistoryEvent[] }[] {
  const tasks: { historyLength: number; events: HistoryEvent[] }[] = [];
  let started = 0;
  for (const event of events) {
    const name = eventName(event);
    if (name === 'WorkflowTaskStarted') started = Number(event.eventId);
    if (name === 'WorkflowTaskCompleted') tasks.push({ historyLength: started, events: [] });
    // The marker of a patch is asked for by no call that is watched.
    if (name === 'MarkerRecorded' && !localActivityOf(event)) continue;
    if (commands.has(name)) tasks.at(-1)?.events.push(event);
  }
  return tasks;
}

/** Of other commands than local activities. */
function isSame(asked: Asked, event: HistoryEvent): boolean {
  const activity = event.activityTaskScheduledEventAttributes;
  if (activity) {
    const sameId = asked.id === undefined || asked.id === activity.activityId;
    return asked.kind === 'activity' && asked.name === activity.activityType?.name && sameId;
  }
  if (eventName(event) !== 'TimerStarted') return asked.kind === 'child workflow';
  const summary = valueOf(event.userMetadata?.summary);
  return asked.kind === 'timer' && (summary === undefined || asked.name === summary);
}

/** The local activity whose end a marker records; undefined for any other event. */
function localActivityOf(event: HistoryEvent): { activity_type: string; seq: number } | undefined {
  const marker = event.markerRecordedEventAttributes;
  if (marker?.markerName !== 'core_local_activity') return undefined;
  return valueOf(marker.details?.data?.payloads?.[0]) as { activity_type: string; seq: number } | undefined;
}

function eventAfter({ events }: RecordedHistory, historyLength: number): HistoryEvent | undefined {
  return events.find(({ eventId }) => Number(eventId) > historyLength + 1) ?? events.at(-1);
}

function placeOf(event: HistoryEvent | undefined): Pick<Difference, 'eventId' | 'recorded'> {
  return event ? { eventId: Number(event.eventId), recorded: describe(event) } : { recorded: 'see the reason' };
}

function describe(event: HistoryEvent): string {
  const name = eventName(event);
  const activity = event.activityTaskScheduledEventAttributes;
  if (activity) return `${name} ${activity.activityType?.name} (${activity.activityId})`;
  const local = localActivityOf(event);
  if (local) return `${name}, local activity ${local.activity_type}`;
  const summary = valueOf(event.userMetadata?.summary);
  return typeof summary === 'string' ? `${name} "${summary}"` : name;
}

function show({ kind, name, id }: Asked): string {
  return `${kind} ${kind === 'timer' ? `"${name}"` : name}${id === undefined ? '' : ` (${id})`}`;
}
