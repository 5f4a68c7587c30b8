import type { CodeRun, Job, RawCommand, RawPart, RunIdentity, WorkflowCode } from './run-code.js';

/** A workflow task that is in the history. A task that was lost is not, and neither is a refused Update. */
export interface TaskRecord {
  now: number;
  historyLength: number;
  /** What the task began with. */
  jobs: Job[];
  /** The answers of local activities in it, in the order of their markers. */
  answers: Job[];
  /** What the code did, in short: see summariesOf. Absent: it is not compared. */
  commands?: string[];
}

/** The code does something else than what its history has: Temporal would block the run. */
class ReplayDiffers extends Error {}

/**
 * Makes a run's code again from its history, as the SDK's native part does: answers that are known for the calls that are open come in one
 * activation, in the order of their markers, together with the news if there is some.
 */
export function replayed(
  code: WorkflowCode,
  identity: RunIdentity,
  records: Iterable<TaskRecord>,
  observe: (jobs: Job[], historyLength: number, commands: RawCommand[]) => void = () => {},
): { run: CodeRun; openCalls: Map<number, RawPart> } {
  const run = code.start(identity);
  const openCalls = new Map<number, RawPart>();
  const whole = Array.isArray(records) ? { answered: answeredIn(records as TaskRecord[]) } : {};
  for (const { now, historyLength, jobs, answers, commands } of records) {
    const given: RawCommand[] = [];
    let next = 0;
    // Strictly in the order of the markers: an answer waits for those before it, whose calls may not have been made yet.
    const known = () => {
      const from = next;
      while (next < answers.length && openCalls.delete(seqOf(answers[next]!))) next += 1;
      return answers.slice(from, next);
    };
    let unsent: Job[] = [];
    for (let news = [...jobs, ...known()]; news.length > 0; news = [...unsent, ...known()]) {
      const commands = run.activate({ jobs: news, now, historyLength, isReplaying: true, ...whole });
      observe(news, historyLength, commands);
      unsent = callsCutUnsent(commands);
      for (const command of commands) {
        const local = command.scheduleLocalActivity;
        if (local) openCalls.set(local.seq!, local);
        given.push(command);
      }
    }
    if (commands) compare(historyLength, commands, summariesOf(given));
  }
  return { run, openCalls };
}

function answeredIn(records: readonly TaskRecord[]): ReadonlySet<number> {
  const seqs = new Set<number>();
  for (const { answers } of records) for (const answer of answers) seqs.add(seqOf(answer));
  return seqs;
}

function compare(historyLength: number, recorded: readonly string[], done: readonly string[]): void {
  const most = Math.max(recorded.length, done.length);
  for (let i = 0; i < most; i += 1) {
    if (recorded[i] === done[i]) continue;
    const difference = `${done[i] ?? 'nothing'} instead of ${recorded[i] ?? 'nothing'}`;
    throw new ReplayDiffers(`the replay of the task at ${historyLength} differs: ${difference}`);
  }
}

function seqOf(job: Job): number {
  return (job.resolveActivity as { seq: number }).seq;
}

/** A call that is cancelled in the activation that schedules it never goes out. The code is told so in the same task. */
export function callsCutUnsent(commands: readonly RawCommand[]): Job[] {
  return commands.flatMap(({ requestCancelActivity: cancel }) => {
    if (!cancel) return [];
    const scheduled = commands.find(({ scheduleActivity }) => scheduleActivity?.seq === cancel.seq)?.scheduleActivity;
    return scheduled ? [cancelledJob(cancel.seq!, scheduled)] : [];
  });
}

/** A replay is told of a patch at the beginning of the task that has its marker. */
export function patchesIn(commands: readonly RawCommand[]): Job[] {
  return commands.flatMap(({ setPatchMarker: patch }) =>
    patch ? [{ variant: 'notifyHasPatch', notifyHasPatch: { patchId: patch.patchId } }] : [],
  );
}

/** What a cancelled activity is answered with. */
export function cancelledJob(seq: number, activity: Record<string, unknown>): Job {
  const failure = {
    message: 'Activity cancelled',
    source: 'TypeScriptSDK',
    activityFailureInfo: {
      activityId: activity.activityId,
      activityType: { name: activity.activityType },
      scheduledEventId: 0,
      startedEventId: 0,
      identity: '',
      retryState: 0,
    },
    cause: { message: 'Activity cancelled', canceledFailureInfo: {} },
  };
  return { variant: 'resolveActivity', resolveActivity: { seq, result: { cancelled: { failure } } } };
}

/**
 * Commands in one line each, as far as Temporal compares them with a history. Local activities come last: a history has their answers, and
 * finds them by their numbers.
 */
export function summariesOf(commands: readonly RawCommand[]): string[] {
  const locals: [number, string][] = [];
  const others: string[] = [];
  for (const command of commands) {
    const local = command.scheduleLocalActivity;
    if (local) locals.push([local.seq!, String(local.activityType)]);
    else others.push(summaryOf(command));
  }
  locals.sort(([a], [b]) => a - b);
  return [...others, ...locals.map(([seq, type]) => `local ${seq} ${type}`)];
}

function summaryOf(command: RawCommand): string {
  const { scheduleActivity, startTimer, cancelTimer, updateResponse } = command;
  if (scheduleActivity) return `activity ${scheduleActivity.seq} ${String(scheduleActivity.activityId)}`;
  if (startTimer) return `timer ${startTimer.seq}`;
  if (cancelTimer) return `no timer ${cancelTimer.seq}`;
  if (updateResponse) {
    const { protocolInstanceId, accepted, completed } = updateResponse;
    return `update ${String(protocolInstanceId)} ${accepted ? 'accepted' : completed ? 'completed' : 'rejected'}`;
  }
  return Object.keys(command).find((key) => key !== 'userMetadata' && key !== 'eventGroupMarkers')!;
}
