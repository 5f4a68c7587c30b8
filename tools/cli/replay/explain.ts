import { defined } from '../../../contracts/defined.js';
import type { OrderView, ReturnView, StepView } from '../../../contracts/order.js';
import { eventName, valueOf, type HistoryEvent, type RecordedHistory } from './history.js';
import type { ObservedCommand, Ending } from './observer.js';

/** What the code did while a run was replayed. */
export interface Observed {
  /** `historyLength` is that of the workflow task in which the code gave the command. */
  commands: (ObservedCommand & { historyLength: number })[];
  ending?: Ending;
}

/** The first place where the code does something other than what was recorded. */
export interface Difference {
  /** The first recorded command that the code does not make, or the event at which it broke. */
  eventId?: number;
  /** What the history has there. */
  recorded: string;
  /** What the code does instead. */
  now: string;
  advice: string;
}

const changeSafely =
  'A changed graph needs a new definition version. Keep the old version, unchanged, for the runs that began with it. ' +
  'Put a change of the engine behind patched().';

/**
 * Explains why a replay failed.
 *
 * @param problem the message of the SDK's error.
 */
export function explain(history: RecordedHistory, problem: string, seen: Observed): Difference {
  const reason = reasonOf(problem);
  const notExported = /Failed to initialize workflow of type '([^']+)'/.exec(reason);
  if (notExported) {
    return {
      ...placeOf(history.events[0]),
      now: `the workflow code exports no ${notExported[1]}`,
      advice:
        'Keep a workflow type exported from workflows/index.ts, under its name, as long as Temporal keeps runs of it.',
    };
  }
  if (!/nondeterminism/i.test(reason)) {
    const event = eventAfter(history, seen.commands.at(-1)?.historyLength ?? 0);
    return {
      ...placeOf(event),
      now: `the workflow code throws: ${reason}`,
      advice: `Code that replays this history must not throw where it did not throw before. ${changeSafely}`,
    };
  }
  const detail = reason.replace(/^\[TMPRL\d+\] Nondeterminism error: /, '');
  const named = /HistoryEvent\(id: (\d+)/.exec(reason)?.[1];
  const { event, instead } = firstDifference(history, seen);
  const at = named === undefined ? event : history.events.find(({ eventId }) => Number(eventId) === Number(named));
  return { ...placeOf(at), now: `${instead} (${detail})`, advice: changeSafely };
}

/**
 * Compares how the run ended. Temporal compares only commands, and steps that swap places in one workflow task can give the same commands. So
 * this compares the steps with their dependencies, the status and the failure.
 *
 * @returns undefined when the ends are equal, or when the recorded run has not ended.
 */
export function compareEnding(history: RecordedHistory, seen: Observed): Difference | undefined {
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

/** The parts of a view, or of a list of returns, that must be equal. One line each, so that the first difference can be named. */
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

/** The SDK's message contains the reason, quoted in a dump of the failed completion. */
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

/** Finds the first workflow task with other commands: the recorded command that is missing, and what the code does instead. */
function firstDifference(history: RecordedHistory, seen: Observed): { event?: HistoryEvent; instead: string } {
  const locals = new Map(seen.commands.flatMap((each) => (each.seq === undefined ? [] : [[each.seq, each] as const])));
  for (const { historyLength, events } of tasksOf(history)) {
    const unmatched = seen.commands.filter((each) => each.historyLength === historyLength && each.seq === undefined);
    let missing: { event: HistoryEvent; instead?: ObservedCommand } | undefined;
    for (const event of events) {
      const local = localActivityOf(event);
      if (local) {
        // The command may come from an earlier task, so it is found by its number.
        const command = locals.get(local.seq);
        if (command?.name !== local.activity_type) missing ??= { event, ...defined({ instead: command }) };
        continue;
      }
      const index = unmatched.findIndex((each) => isSame(each, event));
      if (index >= 0) unmatched.splice(index, 1);
      else missing ??= { event };
    }
    const extra = missing?.instead ?? unmatched[0] ?? newLocal(seen, historyLength, history);
    const instead = extra ? `the code starts ${show(extra)}` : 'the code does not start it';
    if (missing) return { event: missing.event, instead };
    if (unmatched.length) {
      const event = eventAfter(history, historyLength);
      return { ...defined({ event }), instead };
    }
  }
  return { instead: 'the code does something else' };
}

/** A local activity that the code starts in a task and that the history does not have. */
function newLocal(seen: Observed, historyLength: number, { events }: RecordedHistory): ObservedCommand | undefined {
  const recorded = new Map(events.flatMap((event) => localActivityOf(event) ?? []).map((each) => [each.seq, each]));
  return seen.commands.find(
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
    // The marker of a patch comes from no command that the observer sees.
    if (name === 'MarkerRecorded' && !localActivityOf(event)) continue;
    if (commands.has(name)) tasks.at(-1)?.events.push(event);
  }
  return tasks;
}

/** Compares all commands except local activities. */
function isSame(command: ObservedCommand, event: HistoryEvent): boolean {
  const activity = event.activityTaskScheduledEventAttributes;
  if (activity) {
    const sameId = command.id === undefined || command.id === activity.activityId;
    return command.kind === 'activity' && command.name === activity.activityType?.name && sameId;
  }
  if (eventName(event) !== 'TimerStarted') return command.kind === 'child workflow';
  const summary = valueOf(event.userMetadata?.summary);
  return command.kind === 'timer' && (summary === undefined || command.name === summary);
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

function show({ kind, name, id }: ObservedCommand): string {
  return `${kind} ${kind === 'timer' ? `"${name}"` : name}${id === undefined ? '' : ` (${id})`}`;
}
