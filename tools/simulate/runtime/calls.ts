import { durationMs } from './duration.js';
import { cancelledJob } from './replayed.js';
import type { Job, RawPart, RunIdentity, SimulatedPayload } from './run-code.js';
import type { AttemptOutcome, ModelledServer } from './server.js';
import type { Appointment } from './timeline.js';

interface Command {
  seq: number;
  activityId: string;
  activityType: string;
  arguments?: SimulatedPayload[];
  startToCloseTimeout?: unknown;
  scheduleToCloseTimeout?: unknown;
  retryPolicy?: {
    initialInterval?: unknown;
    maximumInterval?: unknown;
    backoffCoefficient?: number;
    maximumAttempts?: number;
  };
}

type Answered = (job: Job) => void;

/** How long the next attempt waits, by the retry policy. */
function backOffMs({ retryPolicy: policy = {} }: Command, attempt: number): number {
  const initial = policy.initialInterval === undefined ? 1000 : durationMs(policy.initialInterval);
  const longest = policy.maximumInterval === undefined ? 100 * initial : durationMs(policy.maximumInterval);
  return Math.min(longest, initial * (policy.backoffCoefficient ?? 2) ** (attempt - 1));
}

function mayRetry({ retryPolicy }: Command, attempt: number): boolean {
  const most = retryPolicy?.maximumAttempts ?? 0;
  return most === 0 || attempt < most;
}

const answeredJob = (seq: number, value: unknown): Job => ({
  variant: 'resolveActivity',
  resolveActivity: { seq, isLocal: false, result: { completed: { result: { v: value } } } },
});
const failedJob = (seq: number, failure: unknown): Job => ({
  variant: 'resolveActivity',
  resolveActivity: { seq, result: { failed: { failure } } },
});

const startToClose = 1;
const scheduleToClose = 2;
const timedOut = (timeoutType: number) => ({
  message: 'Activity timed out',
  source: 'Server',
  timeoutFailureInfo: { timeoutType },
});

/** A local activity: made by the worker that has the run, within its workflow task. */
export class LocalCall {
  readonly seq: number;
  #attempt = 1;

  constructor(
    private readonly command: RawPart,
    private readonly identity: RunIdentity,
    private readonly server: ModelledServer,
  ) {
    this.seq = command.seq!;
  }

  start(answered: Answered): void {
    const command = this.command as unknown as Command;
    makeAttempt(command, { isLocal: true, attempt: this.#attempt }, this.identity, this.server, (outcome) => {
      if (outcome.kind === 'answer') answered(answeredJob(this.seq, outcome.value));
      else if (outcome.isFinal || !mayRetry(command, this.#attempt)) answered(failedJob(this.seq, outcome.failure));
      else {
        const waitMs = outcome.retryInMs ?? backOffMs(command, this.#attempt);
        this.#attempt += 1;
        this.server.timeline.in(waitMs, () => this.start(answered));
      }
    });
  }
}

/** An ordinary activity: the server has it made, by any worker, and retries it. */
export class ActivityTask {
  readonly seq: number;
  readonly #command: Command;
  readonly #dueAt: number;
  #attempt = 0;
  #isCancelled = false;
  #isOver = false;
  #retry: Appointment | undefined;
  #answered: Answered = () => {};

  constructor(
    command: RawPart,
    private readonly identity: RunIdentity,
    private readonly server: ModelledServer,
  ) {
    this.seq = command.seq!;
    this.#command = command as unknown as Command;
    this.#dueAt = server.timeline.now + durationMs(this.#command.scheduleToCloseTimeout);
  }

  start(answered: Answered): void {
    this.#answered = answered;
    if (this.#dueAt !== Infinity) {
      this.server.timeline.at(this.#dueAt, () => this.#end(this.#failed(timedOut(scheduleToClose))));
    }
    this.#retry = this.server.timeline.in(1, () => this.#make());
  }

  /** Ends at once between two attempts; an attempt under way is waited for, and no other follows. */
  cancel(): void {
    this.#isCancelled = true;
    if (!this.#retry) return;
    this.#retry.act = undefined;
    this.#end(cancelledJob(this.seq, this.#command as unknown as Record<string, unknown>));
  }

  /** Nobody waits for it any more. */
  drop(): void {
    this.#isOver = true;
    if (this.#retry) this.#retry.act = undefined;
  }

  #make(): void {
    this.#retry = undefined;
    if (this.#isOver) return;
    this.#attempt += 1;
    const about = { isLocal: false, attempt: this.#attempt };
    makeAttempt(this.#command, about, this.identity, this.server, (outcome) => this.#attempted(outcome));
  }

  #attempted(outcome: AttemptOutcome): void {
    if (this.#isOver) return;
    if (outcome.kind === 'answer') {
      this.#end(answeredJob(this.seq, outcome.value));
      return;
    }
    const waitMs = outcome.retryInMs ?? backOffMs(this.#command, this.#attempt);
    const isTooLate = this.server.timeline.now + waitMs > this.#dueAt;
    if (outcome.isFinal || this.#isCancelled || isTooLate || !mayRetry(this.#command, this.#attempt)) {
      this.#end(this.#failed(outcome.failure));
      return;
    }
    this.#retry = this.server.timeline.in(waitMs, () => this.#make());
  }

  #failed(cause: unknown): Job {
    const { activityId, activityType } = this.#command;
    return failedJob(this.seq, {
      message: 'Activity task failed',
      source: 'Server',
      activityFailureInfo: { activityId, activityType: { name: activityType }, identity: '', retryState: 0 },
      cause,
    });
  }

  #end(job: Job): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#retry) this.#retry.act = undefined;
    this.#answered(job);
  }
}

/** An attempt ends with its answer, or with its timeout. */
function makeAttempt(
  command: Command,
  about: { isLocal: boolean; attempt: number },
  { workflowId, runId }: RunIdentity,
  { timeline, fate }: ModelledServer,
  ended: (outcome: AttemptOutcome) => void,
): void {
  let isOver = false;
  const end = (outcome: AttemptOutcome) => {
    if (isOver) return;
    isOver = true;
    timeout.act = undefined;
    ended(outcome);
  };
  const timeout = timeline.in(durationMs(command.startToCloseTimeout), () =>
    end({ kind: 'failure', failure: timedOut(startToClose), isFinal: false }),
  );
  const args = (command.arguments ?? []).map(({ v }) => v);
  fate.attempt({ type: command.activityType, args, workflowId, runId, ...about }, end);
}
