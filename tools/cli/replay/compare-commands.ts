import { defined } from '../../../contracts/defined.js';
import { compareValues, compareViews, type ViewDifference } from './compare-values.js';
import { describeCommand, seconds, short } from './describe-command.js';
import type { DifferenceKind } from './difference.js';
import { stepIn, type TraceCommand } from './trace.js';

/** A difference of one command, without its place and the advice. */
export interface Finding {
  kind: DifferenceKind;
  step?: string;
  recorded: string;
  now: string;
  /** Only a digest differs: it is not known in what. */
  isVague?: boolean;
}

/** Whether two commands are the same call, timer or message, whatever is sent with it. */
export function isSameCommand(before: TraceCommand, after: TraceCommand): boolean {
  return (
    before.kind === after.kind &&
    (before.type === after.type || (before.type === undefined && before.kind.startsWith('update'))) &&
    before.id === after.id &&
    // What counts of a failure is its code, which is its type. Its message is text for readers.
    (before.kind === 'failed' || isSameStep(before.summary, after.summary))
  );
}

/** A summary names the step, and says whether it is undone. The rest of it is text for readers. */
function isSameStep(before: string | undefined, after: string | undefined): boolean {
  if (before === undefined || before === after) return true;
  const step = stepIn(before);
  return step !== undefined && step === stepIn(after) && /: undo\b/.test(before) === /: undo\b/.test(after ?? '');
}

/** `graph` for a step's command, `engine` for one of the run itself. */
export function kindOf({ kind, step }: TraceCommand): 'graph' | 'engine' {
  const isOfProcess =
    step !== undefined || /^(search attributes|update accepted|completed|failed|child workflow)$/.test(kind);
  return isOfProcess ? 'graph' : 'engine';
}

/**
 * Compares two commands that have one key.
 *
 * @param isRecorded `before` comes from a history: it lacks the inputs of local activities, and its clock showed other times.
 */
export function compareCommands(before: TraceCommand, after: TraceCommand, isRecorded: boolean): Finding | undefined {
  const step = before.step ?? after.step;
  const finding = (kind: DifferenceKind, recorded: string, now: string): Finding => ({
    kind,
    ...defined({ step }),
    recorded,
    now,
  });
  const what = describeCommand(before);
  if (!isSameCommand(before, after)) {
    return finding(before.step || after.step ? 'graph' : kindOf(before), what, describeCommand(after));
  }
  if (before.durationMs !== undefined && before.durationMs !== after.durationMs) {
    return finding(kindOf(before), what, `the timer is of ${seconds(after.durationMs)}`);
  }
  if (before.taskQueue !== after.taskQueue) {
    return finding('inputs', `${what}, on the task queue ${before.taskQueue}`, `the task queue is ${after.taskQueue}`);
  }
  return (
    compareInputs(before, after, isRecorded, finding) ??
    compareSettings(before, after, isRecorded, finding) ??
    (before.summary !== undefined && before.summary !== after.summary
      ? finding('view only', what, `the text in the Web UI is "${after.summary}"`)
      : undefined)
  );
}

type Make = (kind: DifferenceKind, recorded: string, now: string) => Finding;

function compareInputs(
  before: TraceCommand,
  after: TraceCommand,
  isRecorded: boolean,
  make: Make,
): Finding | undefined {
  const what = describeCommand(before);
  if (isRecorded && before.kind === 'local activity') {
    if (before.digest === undefined || before.digest === after.digest) return undefined;
    if (isPublication(before)) return { ...make('view only', what, 'something else is shown'), isVague: true };
    return make('inputs', `${what} with an input of the digest ${before.digest}`, `it sends ${short(after.input)}`);
  }
  if (isPublication(before)) return viewFinding(compareViews(shownBy(before), shownBy(after), isRecorded), what, make);
  if (before.kind === 'completed' || before.kind === 'failed') {
    return viewFinding(compareViews(before.input, after.input, isRecorded), what, make);
  }
  const differing = compareValues(before.input, after.input, isRecorded);
  if (!differing) return undefined;
  const kind = inputKind(before, after);
  const name = differing.path === '' ? 'it' : differing.path;
  return make(kind, `${subjectOf(before)}: ${name}: ${differing.before}`, `${name}: ${differing.after}`);
}

/** Who reads the answer of an Update ignores a field more. The details of a refusal have been read when it was given. */
function inputKind(before: TraceCommand, after: TraceCommand): DifferenceKind {
  if (before.kind === 'update rejected') return 'view only';
  if (/^(activity|local activity|child workflow|signal)$/.test(before.kind)) return 'inputs';
  const old = before.input as object | undefined;
  const now = { ...(after.input as object | undefined), ...old };
  const hasMore = before.kind === 'update completed' && !compareValues(now, after.input, true);
  return hasMore ? 'view only' : kindOf(before);
}

/** The command without its values, which are named apart. */
function subjectOf(command: TraceCommand): string {
  if (command.kind === 'search attributes') return 'search attributes';
  if (command.kind === 'update completed') return `the answer of the Update ${command.type ?? command.id}`;
  return describeCommand(command);
}

function viewFinding(found: ViewDifference | undefined, what: string, make: Make): Finding | undefined {
  if (!found) return undefined;
  const { path, before, after, isShownOnly, step } = found;
  const finding = make(isShownOnly ? 'view only' : 'graph', `${what}: ${path}: ${before}`, `${path}: ${after}`);
  return step === undefined ? finding : { ...finding, step };
}

const isPublication = ({ kind, type }: TraceCommand): boolean =>
  kind === 'local activity' && /^orders\.publish(Returns)?$/.test(type ?? '');

/** The view, or the list of returns, without its position. */
function shownBy({ input }: TraceCommand): unknown {
  const { view, returns } = (input ?? {}) as { view?: unknown; returns?: unknown };
  return view ?? returns;
}

/** A server fills in and caps what the code leaves out, so only what the code sets is compared with a history. */
function compareSettings(
  before: TraceCommand,
  after: TraceCommand,
  isRecorded: boolean,
  make: Make,
): Finding | undefined {
  const [old, now] = [before.settings, after.settings];
  if (!old || !now) return undefined;
  const cap = isRecorded ? Number(now.scheduleToCloseMs ?? Infinity) : Infinity;
  for (const name of isRecorded ? Object.keys(now) : new Set([...Object.keys(old), ...Object.keys(now)])) {
    const is = typeof now[name] === 'number' && name === 'startToCloseMs' ? Math.min(now[name], cap) : now[name];
    if (old[name] !== is) {
      return make(
        'settings',
        `${describeCommand(before)}: ${name} ${old[name] ?? 'unset'}`,
        `${name} ${is ?? 'unset'}`,
      );
    }
  }
  return undefined;
}
