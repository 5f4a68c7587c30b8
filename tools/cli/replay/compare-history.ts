import { defined } from '../../../contracts/defined.js';
import { firstFound } from './align.js';
import { begunWith } from './begun-with.js';
import type { Finding } from './compare-commands.js';
import { describeCommand } from './describe-command.js';
import { adviceFor, adviceOn, isHarmless, type Difference } from './difference.js';
import { errorFinding, isNondeterminism } from './errors.js';
import { eventName, type RecordedHistory } from './history.js';
import { findMoved } from './moved.js';
import { recordedCommands, type RecordedCommand } from './recorded.js';
import { damageIn } from './damage.js';
import type { Trace, TraceCommand } from './trace.js';

/**
 * Compares what the code did while it replayed a history with what the history records: Temporal itself compares only the kinds and ids of
 * commands, and of local activities not even those.
 *
 * @returns the first difference that harms a running order, else the first harmless one.
 */
export function compareWithHistory(history: RecordedHistory, trace: Trace): Difference | undefined {
  const found = differenceFrom(history, trace);
  if (!found || isHarmless(found)) return found;
  const damage = damageIn(history);
  return damage === undefined ? found : { ...found, kind: 'file', now: damage, advice: adviceOn.file };
}

function differenceFrom(history: RecordedHistory, trace: Trace): Difference | undefined {
  const { error } = trace;
  const recorded = recordedCommands(history);
  const after = comparable(history, trace, recorded);
  const endedEarly = error !== undefined && !isNondeterminism(error);
  const found = firstFound(recorded, after, { isRecorded: true, endedEarly });
  const place = (finding: Finding, command?: RecordedCommand): Difference => ({
    ...defined({ eventId: command?.eventId }),
    ...finding,
    advice: adviceFor(finding),
  });
  if (found && !isHarmless(found.finding)) {
    const { finding, before, after: extra } = found;
    const at = before ?? nextAfter(recorded, extra!.task);
    return place(at && !before ? { ...finding, recorded: describeCommand(at) } : finding, at);
  }
  if (error !== undefined) {
    const task = trace.activations.at(-1)?.task ?? 0;
    const keys = new Set(after.map(({ key }) => key));
    const next = recorded.find((command) => command.task >= task && !keys.has(command.key));
    const error = errorFinding(trace, next);
    if (error.kind === 'version') return { ...place({ recorded: startOf(history), ...error }), eventId: 1 };
    return place({ recorded: next ? describeCommand(next) : 'no error', ...error }, next);
  }
  const moved = findMoved(recorded, trace);
  if (moved) return place(moved.finding, moved.at);
  return found && place(found.finding, found.before);
}

/** The run as it began, with the version of its process. */
function startOf(history: RecordedHistory): string {
  const { version } = begunWith(history) ?? {};
  return `a run of ${history.workflowType}${version === undefined ? '' : `, version ${version}`}`;
}

const nextAfter = (recorded: readonly RecordedCommand[], task: number): RecordedCommand | undefined =>
  recorded.find((command) => command.task >= task) ?? recorded.at(-1);

/**
 * The commands of the code that the history can have. It records a local activity when it is answered, so those of an open run that are under
 * way are not there; and no cancel of something that was not sent yet.
 */
function comparable(history: RecordedHistory, trace: Trace, recorded: readonly RecordedCommand[]): TraceCommand[] {
  const known = new Set(recorded.map(({ key }) => key));
  const { task: lastTask, goesOn } = lastCompletedTask(history);
  const unsent = cancelledUnsent(trace.commands);
  const cutOff = cutOffByFailure(trace);
  return trace.commands.filter((command) => {
    if (known.has(command.key)) return true;
    if (command.task > lastTask || unsent.has(command.key) || cutOff.has(command.key)) return false;
    if (command.kind === 'local activity') return !goesOn || command.task < lastTask;
    // An activity may end before its cancel is sent.
    return command.kind !== 'cancel' || command.key.startsWith('cancel timer');
  });
}

/** A run that fails does not wait for its other local calls, so the history has no answer of them. */
function cutOffByFailure({ commands, activations }: Trace): Set<string> {
  if (!commands.some(({ kind }) => kind === 'failed')) return new Set();
  const answered = new Set(activations.flatMap(({ answers }) => answers.map((seq) => `local activity ${seq}`)));
  const calls = commands.filter(({ kind, key }) => kind === 'local activity' && !answered.has(key));
  return new Set(calls.map(({ key }) => key));
}

/** The last workflow task that was completed. While a local activity takes long, it goes on in another one at once. */
function lastCompletedTask({ events }: RecordedHistory): { task: number; goesOn: boolean } {
  const names = events.map(eventName);
  const completed = names.lastIndexOf('WorkflowTaskCompleted');
  const goesOn = names.slice(completed).some((name) => /^WorkflowTask(Scheduled|Started)$/.test(name));
  return { task: names.lastIndexOf('WorkflowTaskStarted', completed) + 1, goesOn };
}

/** Timers and calls that were cancelled in the task that began them leave no event, and neither does their cancel. */
function cancelledUnsent(commands: readonly TraceCommand[]): Set<string> {
  const tasks = new Map(commands.map(({ key, task }) => [key, task]));
  const unsent = new Set<string>();
  for (const { kind, key, task } of commands) {
    const begun = key.replace(/^cancel /, '');
    if (kind === 'cancel' && tasks.get(begun) === task) unsent.add(begun).add(key);
  }
  return unsent;
}
