import type { RecordedHistory } from '../../tools/cli/replay/history.js';
import { valueOf } from '../../tools/cli/replay/history.js';
import { cancelledJob, type TaskRecord } from '../../tools/simulate/runtime/replayed.js';
import type { Job, RawCommand } from '../../tools/simulate/runtime/run-code.js';

type Event = NonNullable<RecordedHistory['proto']['events']>[number];

/** Finds the numbers that the code has given its commands: a history has none for activities, children and signals. */
export class Numbers {
  readonly #given = new Map<string, number[]>();
  readonly #asked = new Map<string, number>();

  note(commands: readonly RawCommand[]): void {
    for (const {
      scheduleActivity,
      startChildWorkflowExecution: child,
      signalExternalWorkflowExecution: signal,
    } of commands) {
      const isUnsent = commands.some(({ requestCancelActivity: cut }) => cut && cut.seq === scheduleActivity?.seq);
      if (scheduleActivity && !isUnsent) {
        this.#add(`activity ${String(scheduleActivity.activityId)}`, scheduleActivity.seq!);
      }
      if (child) this.#add('child', child.seq!);
      if (signal) this.#add('signal', signal.seq!);
    }
  }

  /** Notes that an event of the history begins the next one of this kind. @returns which one it is. */
  next(kind: string): () => number {
    const index = this.#asked.get(kind) ?? 0;
    this.#asked.set(kind, index + 1);
    return () => this.#given.get(kind)![index]!;
  }

  #add(kind: string, seq: number): void {
    const known = this.#given.get(kind);
    if (known) known.push(seq);
    else this.#given.set(kind, [seq]);
  }
}

type UpdateRequest = NonNullable<NonNullable<Event['workflowExecutionUpdateAdmittedEventAttributes']>['request']>;

const timeOf = ({ eventTime }: Event): number =>
  Number(eventTime!.seconds) * 1000 + Math.floor(eventTime!.nanos! / 1e6);

/** The completed workflow tasks of a history, each made when the code has done those before it. */
export function* recordsOf({ proto, events: texts }: RecordedHistory, numbers: Numbers): Generator<TaskRecord> {
  const begun = new Map<string, { seq: () => number; activity?: Record<string, unknown> }>();
  const admitted = new Map<string, UpdateRequest>();
  let news: (() => Job)[] = [];
  let task: (TaskRecord & { makes: (() => Job)[]; patches: Job[]; updates: Job[] }) | undefined;
  let started: { historyLength: number; now: number } | undefined;
  const finished = (): TaskRecord[] => {
    if (!task) return [];
    const { makes, patches, updates, ...record } = task;
    task = undefined;
    const jobs = makes.map((make) => make());
    const messages = (job: Job) => job.variant === 'initializeWorkflow' || job.variant === 'signalWorkflow';
    const news = [...jobs.filter(messages), ...updates, ...jobs.filter((job) => !messages(job))];
    const isStart = ({ variant }: Job) => variant === 'initializeWorkflow';
    return [{ ...record, jobs: [...news.filter(isStart), ...patches, ...news.filter((job) => !isStart(job))] }];
  };
  for (const [index, event] of (proto.events ?? []).entries()) {
    const id = String(event.eventId);
    if (event.workflowTaskStartedEventAttributes) {
      yield* finished();
      started = { historyLength: Number(id), now: timeOf(event) };
    } else if (event.workflowTaskCompletedEventAttributes) {
      task = { ...started!, jobs: [], makes: news, patches: [], updates: [], answers: [] };
      news = [];
    } else if (event.workflowExecutionUpdateAdmittedEventAttributes) {
      const { request } = event.workflowExecutionUpdateAdmittedEventAttributes;
      admitted.set(request!.meta!.updateId!, request!);
    } else if (event.workflowExecutionUpdateAcceptedEventAttributes) {
      const { acceptedRequest, protocolInstanceId } = event.workflowExecutionUpdateAcceptedEventAttributes;
      // An Update that a Reset kept stands in an event of its own.
      const request = acceptedRequest ?? admitted.get(protocolInstanceId!)!;
      const { name, args } = request.input!;
      const update = { id: request.meta!.updateId, protocolInstanceId, name, input: args?.payloads ?? [] };
      task!.updates.push({ variant: 'doUpdate', doUpdate: { ...update, headers: {}, runValidator: false } });
    } else if (event.markerRecordedEventAttributes?.markerName === 'core_patch') {
      task!.patches.push(patchOf(texts[index]!));
    } else if (event.markerRecordedEventAttributes?.markerName === 'core_local_activity') {
      task!.answers.push(answerOf(event, texts[index]!));
    } else {
      const make = newsOf(event, begun, numbers);
      if (make) news.push(make);
    }
  }
  yield* finished();
}

function patchOf(text: RecordedHistory['events'][number]): Job {
  const { details } = text.markerRecordedEventAttributes!;
  const { id } = valueOf(details!['patch-data']!.payloads![0]) as { id: string };
  return { variant: 'notifyHasPatch', notifyHasPatch: { patchId: id } };
}

function answerOf(event: Event, text: RecordedHistory['events'][number]): Job {
  const { details, failure } = event.markerRecordedEventAttributes!;
  const data = valueOf(text.markerRecordedEventAttributes!.details!.data!.payloads![0]) as { seq: number };
  const result = failure ? { failed: { failure } } : { completed: { result: details!.result?.payloads?.[0] } };
  return { variant: 'resolveActivity', resolveActivity: { seq: data.seq, isLocal: true, result } };
}

/** The job that an event becomes in an activation; undefined for events that the code does not see. */
function newsOf(
  event: Event,
  begun: Map<string, { seq: () => number; activity?: Record<string, unknown> }>,
  numbers: Numbers,
): (() => Job) | undefined {
  const of = (id: unknown) => begun.get(String(id))!;
  const job =
    (variant: string, content: object): (() => Job) =>
    () => ({ variant, [variant]: content });
  const start = event.workflowExecutionStartedEventAttributes;
  if (start) {
    const { workflowType, input, searchAttributes } = start;
    const about = { workflowType: workflowType!.name, arguments: input?.payloads ?? [], headers: {}, searchAttributes };
    return job('initializeWorkflow', about);
  }
  const signal = event.workflowExecutionSignaledEventAttributes;
  if (signal) {
    return job('signalWorkflow', { signalName: signal.signalName, input: signal.input?.payloads ?? [], headers: {} });
  }
  if (event.workflowExecutionCancelRequestedEventAttributes) return job('cancelWorkflow', { reason: '' });
  const timer = event.timerFiredEventAttributes;
  if (timer) return job('fireTimer', { seq: Number(timer.timerId) });
  const scheduled = event.activityTaskScheduledEventAttributes;
  if (scheduled) {
    const activity = { activityId: scheduled.activityId, activityType: scheduled.activityType!.name };
    begun.set(String(event.eventId), { seq: numbers.next(`activity ${scheduled.activityId}`), activity });
    return undefined;
  }
  const completed = event.activityTaskCompletedEventAttributes;
  if (completed) {
    const { seq } = of(completed.scheduledEventId);
    const result = { completed: { result: completed.result?.payloads?.[0] } };
    return () => ({ variant: 'resolveActivity', resolveActivity: { seq: seq(), result } });
  }
  const failed = event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
  if (failed) {
    const { seq, activity } = of(failed.scheduledEventId);
    const { activityId, activityType } = activity!;
    const activityFailureInfo = { activityId, activityType: { name: activityType }, identity: '', retryState: 0 };
    const failure = { message: 'Activity task failed', cause: failed.failure, activityFailureInfo };
    return () => ({ variant: 'resolveActivity', resolveActivity: { seq: seq(), result: { failed: { failure } } } });
  }
  const cancelled = event.activityTaskCanceledEventAttributes;
  if (cancelled) {
    const { seq, activity } = of(cancelled.scheduledEventId);
    return () => cancelledJob(seq(), activity!);
  }
  return otherRunNews(event, begun, numbers);
}

function otherRunNews(
  event: Event,
  begun: Map<string, { seq: () => number }>,
  numbers: Numbers,
): (() => Job) | undefined {
  const of = (id: unknown) => begun.get(String(id))!.seq;
  if (event.startChildWorkflowExecutionInitiatedEventAttributes) {
    begun.set(String(event.eventId), { seq: numbers.next('child') });
  }
  if (event.signalExternalWorkflowExecutionInitiatedEventAttributes) {
    begun.set(String(event.eventId), { seq: numbers.next('signal') });
  }
  const started = event.childWorkflowExecutionStartedEventAttributes;
  const notStarted = event.startChildWorkflowExecutionFailedEventAttributes;
  const childStart = started ?? notStarted;
  if (childStart) {
    const seq = of(childStart.initiatedEventId);
    const { workflowId, workflowType } = notStarted ?? {};
    const answer = started
      ? { succeeded: { runId: started.workflowExecution!.runId } }
      : { failed: { workflowId, workflowType: workflowType!.name, cause: 1 } };
    return () => ({
      variant: 'resolveChildWorkflowExecutionStart',
      resolveChildWorkflowExecutionStart: { seq: seq(), ...answer },
    });
  }
  const done = event.childWorkflowExecutionCompletedEventAttributes;
  const ended = event.childWorkflowExecutionTerminatedEventAttributes;
  const child = done ?? ended;
  if (child) {
    const seq = of(child.initiatedEventId);
    const result = done
      ? { completed: { result: done.result?.payloads?.[0] } }
      : { failed: { failure: { message: 'terminated', terminatedFailureInfo: {} } } };
    return () => ({ variant: 'resolveChildWorkflowExecution', resolveChildWorkflowExecution: { seq: seq(), result } });
  }
  const told = event.externalWorkflowExecutionSignaledEventAttributes;
  const untold = event.signalExternalWorkflowExecutionFailedEventAttributes;
  const signal = told ?? untold;
  if (!signal) return undefined;
  const seq = of(signal.initiatedEventId);
  const failure = untold ? { message: 'it was not found' } : undefined;
  return () => ({ variant: 'resolveSignalExternalWorkflow', resolveSignalExternalWorkflow: { seq: seq(), failure } });
}
