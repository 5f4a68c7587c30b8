import { defined } from '../../../contracts/defined.js';
import type { News, RawCommand } from './observer.js';
import { mapOf, millisecondsOf, valueOfRaw, valuesOf } from './raw-values.js';
import { Keys, splitSummary, stepOf, type Trace, type TraceCommand } from './trace.js';

type RawFailure = NonNullable<NonNullable<RawCommand['failWorkflowExecution']>['failure']>;

/** What is particular to a command of one kind. Its key and its step follow from these. */
type Facts = Omit<TraceCommand, 'key' | 'task' | 'step'> & { key?: string };

/** Makes a trace of what the observer reports while a run is replayed. */
export class TraceRecorder {
  readonly trace: Trace = { commands: [], activations: [] };
  readonly #keys = new Keys();
  /** The activities and timers by their numbers, which is how a cancel names them. */
  readonly #begun = new Map<string, TraceCommand>();
  /** The SDK gives the news of an activation in two parts, and ends it with its commands. */
  #isOpen = false;
  readonly #updates = new Map<string, string>();

  news({ local, other, updates }: News, task: number): void {
    if (!this.#isOpen) {
      this.trace.activations.push({ task, answers: [], news: [], before: this.trace.commands.length });
    }
    this.#isOpen = true;
    const activation = this.trace.activations.at(-1)!;
    activation.answers.push(...local);
    activation.news.push(...other);
    for (const [id, name] of Object.entries(updates)) this.#updates.set(id, name);
  }

  commands(raw: RawCommand[], task: number): void {
    this.#isOpen = false;
    for (const each of raw) {
      const facts = this.#factsOf(each);
      if (facts) this.trace.commands.push(this.#command(facts, task, each));
    }
  }

  #command({ key, ...facts }: Facts, task: number, raw: RawCommand): TraceCommand {
    const command: TraceCommand = {
      key: this.#keys.next(key ?? facts.kind),
      task,
      ...defined({ step: stepOf(facts) }),
      ...facts,
    };
    const timer = raw.startTimer?.seq;
    const activity = raw.scheduleActivity?.seq ?? raw.scheduleLocalActivity?.seq;
    if (timer != null) this.#begun.set(`timer ${timer}`, command);
    if (activity != null) this.#begun.set(`activity ${activity}`, command);
    return command;
  }

  #factsOf(raw: RawCommand): Facts | undefined {
    return activityFacts(raw) ?? this.#cancelFacts(raw) ?? this.#updateFacts(raw) ?? endFacts(raw) ?? otherFacts(raw);
  }

  #cancelFacts(raw: RawCommand): Facts | undefined {
    const seq = raw.cancelTimer?.seq;
    const activity = (raw.requestCancelActivity ?? raw.requestCancelLocalActivity)?.seq;
    if (seq == null && activity == null) return undefined;
    const cancelled = this.#begun.get(seq != null ? `timer ${seq}` : `activity ${activity}`);
    const { key = '?', summary } = cancelled ?? {};
    return { kind: 'cancel', key: `cancel ${key}`, ...defined({ summary }) };
  }

  #updateFacts(raw: RawCommand): Facts | undefined {
    const { protocolInstanceId: id, accepted, completed, rejected } = raw.updateResponse ?? {};
    if (id == null) return undefined;
    const kind = accepted ? 'update accepted' : completed ? 'update completed' : 'update rejected';
    const facts = { kind, key: `${kind} ${id}`, id, ...defined({ type: this.#updates.get(id) }) } as const;
    if (completed) return { ...facts, input: valueOfRaw(completed) };
    // The failure's own type goes with its message: a command is refused with a code.
    const { type: code, summary, input } = failureFacts(rejected ?? {});
    return rejected ? { ...facts, summary: `${code ?? 'Error'}: ${summary}`, input } : facts;
  }
}

function activityFacts(raw: RawCommand): Facts | undefined {
  const text = valueOfRaw(raw.userMetadata?.summary);
  const local = raw.scheduleLocalActivity;
  const activity = raw.scheduleActivity;
  const timer = raw.startTimer;
  const named = splitSummary(typeof text === 'string' ? text : undefined);
  if (local) {
    const type = local.activityType!;
    return {
      kind: 'local activity',
      key: `local activity ${local.seq}`,
      type,
      ...named,
      input: valuesOf(local.arguments),
      settings: settingsOf(local),
    };
  }
  if (activity) {
    return {
      kind: 'activity',
      key: `activity ${activity.activityId}`,
      type: activity.activityType!,
      id: activity.activityId!,
      ...named,
      input: valuesOf(activity.arguments),
      taskQueue: activity.taskQueue!,
      settings: settingsOf(activity),
    };
  }
  if (timer) {
    return {
      kind: 'timer',
      key: `timer ${timer.seq}`,
      ...named,
      ...defined({ durationMs: millisecondsOf(timer.startToFireTimeout) }),
    };
  }
  return undefined;
}

function endFacts(raw: RawCommand): Facts | undefined {
  if (raw.completeWorkflowExecution) {
    return { kind: 'completed', input: valueOfRaw(raw.completeWorkflowExecution.result) };
  }
  if (raw.failWorkflowExecution) return { kind: 'failed', ...failureFacts(raw.failWorkflowExecution.failure ?? {}) };
  if (raw.cancelWorkflowExecution) return { kind: 'cancelled' };
  const again = raw.continueAsNewWorkflowExecution;
  if (again) return { kind: 'continued as new', type: again.workflowType!, input: valuesOf(again.arguments) };
  return undefined;
}

function otherFacts(raw: RawCommand): Facts | undefined {
  const attributes = raw.upsertWorkflowSearchAttributes?.searchAttributes;
  if (attributes) return { kind: 'search attributes', input: mapOf(attributes.indexedFields) };
  const child = raw.startChildWorkflowExecution;
  if (child) {
    return { kind: 'child workflow', type: child.workflowType!, id: child.workflowId!, input: valuesOf(child.input) };
  }
  const signal = raw.signalExternalWorkflowExecution;
  if (signal) {
    const id = signal.workflowExecution?.workflowId ?? signal.childWorkflowId;
    return {
      kind: 'signal',
      type: signal.signalName!,
      ...defined({ id: id ?? undefined }),
      input: valuesOf(signal.args),
    };
  }
  const patch = raw.setPatchMarker;
  if (patch) return { kind: 'patch', key: `patch ${patch.patchId}`, type: patch.patchId! };
  if (raw.modifyWorkflowProperties) {
    return { kind: 'memo', input: mapOf(raw.modifyWorkflowProperties.upsertedMemo?.fields) };
  }
  // The observer asks no queries.
  if (raw.respondToQuery) return undefined;
  return { kind: 'other', type: Object.keys(raw).join(' ') };
}

function failureFacts(failure: RawFailure): Pick<Facts, 'type' | 'summary' | 'input'> {
  const { type, details } = failure.applicationFailureInfo ?? {};
  return {
    ...defined({ type: type ?? undefined }),
    summary: failure.message ?? '',
    input: valuesOf(details?.payloads),
  };
}

type Policy = Pick<
  NonNullable<RawCommand['scheduleActivity']>,
  'scheduleToCloseTimeout' | 'startToCloseTimeout' | 'scheduleToStartTimeout' | 'heartbeatTimeout' | 'retryPolicy'
>;

function settingsOf(policy: Policy): Record<string, number> {
  const { retryPolicy: retry } = policy;
  return defined({
    scheduleToCloseMs: millisecondsOf(policy.scheduleToCloseTimeout),
    startToCloseMs: millisecondsOf(policy.startToCloseTimeout),
    scheduleToStartMs: millisecondsOf(policy.scheduleToStartTimeout),
    heartbeatMs: millisecondsOf(policy.heartbeatTimeout),
    retryInitialMs: millisecondsOf(retry?.initialInterval),
    retryMaximumMs: millisecondsOf(retry?.maximumInterval),
    retryCoefficient: retry?.backoffCoefficient ?? undefined,
    retryAttempts: retry?.maximumAttempts ?? undefined,
  });
}
