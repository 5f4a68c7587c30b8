import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  TemporalFailure,
  isCancellation,
  patched,
  proxyActivities,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { serviceTrouble } from '../../contracts/failures.js';
import type { Failure, OrderFailureCode } from '../../contracts/failures.js';
import { Answers } from './answers.js';
import { CommandBarrier } from './command-barrier.js';
import { now } from './clock.js';
import { callLocalActivity } from './local-activity.js';
import type { CallEvents, CallOutcome, CallRequest, Change, Cut, Ports, Timer } from '../engine/ports.js';

type Activities = Record<string, (input: object) => Promise<unknown>>;

export interface TemporalPortsOptions {
  /** The task queue of a service's ordinary activities. */
  taskQueue: (service: string) => string;
  /**
   * How long a fault is retried before an operator has to decide. An undo is retried without end; after this time the run shows that it is
   * not done.
   */
  retryBudgetMs: number;
}

/** The start of the run, and the schedule and the start of its first workflow task. Signals can be among them. */
const eventsBeforeFirstTask = 3;
/** One short attempt, so that a slow service does not hold up the answer to an Update for long. */
const localAttempt = { startToCloseTimeout: '1s', retry: { maximumAttempts: 1 } } as const;
const queuedAttempt = '10s';
const backOff = { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '30s' } as const;

/**
 * Makes the engine's calls and timers with Temporal. A call is a local activity first, which costs no state transition. After a fault
 * the same call, with the same key, is made again as an ordinary activity with retries, on its service's own task queue.
 */
export class TemporalPorts implements Ports {
  /** How many Signals the run has got, without those that nobody expects. */
  signals = 0;
  private localCalls = 0;
  private readonly queuedIds = new Set<string>();
  /** Every local activity of the run goes through this. */
  readonly answers = new Answers();
  readonly barrier = new CommandBarrier(currentTask);

  constructor(private readonly options: TemporalPortsOptions) {}

  /** A short call is under way. Its answer comes within the current workflow task. */
  get isBusy(): boolean {
    return this.localCalls > 0;
  }

  taskQueueOf(service: string): string {
    return this.options.taskQueue(service);
  }

  now(): number {
    return now();
  }

  /** Temporal writes lost workflow tasks into the history. How long it is without them, the run knows only in its first task. */
  hasLostNothing(): boolean {
    return workflowInfo().historyLength <= eventsBeforeFirstTask + this.signals;
  }

  undoesUnseen(): boolean {
    return patched('undo-unseen') ? true : false;
  }

  takesBack(): boolean {
    return patched('give-up') ? true : false;
  }

  /** Whether a Cancel from the Web UI is recorded before it has an effect, as a command is. */
  cancelsAsCommand(): boolean {
    return patched('cancel-as-command') ? true : false;
  }

  makes(change: Change): boolean {
    switch (change) {
      case 'assumed':
        return patched('assumed') ? true : false;
      case 'first-report':
        return patched('first-report') ? true : false;
      case 'give-up-parcel':
        return patched('give-up-parcel') ? true : false;
    }
  }

  /** Whether a command can come too early (see CommandHandler.changesCalls). False in a run that took one when it was not so. */
  refusesTooEarly(): boolean {
    return patched('change-when-sure') ? true : false;
  }

  /** Whether a repeated event has no effect at all. It had one on what is newer than its first arrival, such as a replacement. */
  hearsOnce(): boolean {
    return patched('events-once') ? true : false;
  }

  /** Whether a run publishes what has changed after its last view. It closed without that. */
  publishesTheRest(): boolean {
    return patched('publish-the-rest') ? true : false;
  }

  timer(ms: number, summary: string): Timer {
    const scope = this.ownScope();
    const fired = new Promise<void>((resolve) => {
      scope
        .run(() => sleep(ms, { summary }))
        .then(resolve, (error: unknown) => {
          // A cancelled timer never fires.
          if (!isCancellation(error)) throw error;
        });
    });
    return { fired, cancel: () => scope.cancel() };
  }

  call(request: CallRequest, cut: Cut, events: CallEvents): Promise<CallOutcome> {
    if (request.queued || this.barrier.isUp) {
      events.slow();
      const call = this.callQueued(request, cut, 0, events);
      return request.queued ? call : this.barrier.delayed(call);
    }
    return this.callLocally(request).then(
      (answer) => ({ kind: 'answer', answer, attempts: 1 }),
      (error: unknown) => this.callAgain(error, request, cut, events),
    );
  }

  /** Calls a local activity. `make` makes the call. */
  localCall<Answer>(make: () => Promise<Answer>): Promise<Answer> {
    this.localCalls += 1;
    return this.answers.inOrder(make, () => (this.localCalls -= 1));
  }

  /** Goes on with the queue after a fault of the local attempt. */
  private async callAgain(error: unknown, request: CallRequest, cut: Cut, events: CallEvents): Promise<CallOutcome> {
    const outcome = outcomeOf(error, request, 0);
    if (outcome.kind !== 'spent') return outcome;
    const { attempts } = outcome;
    if (!cut.requested) events.slow(outcome.failure);
    const { retryAfterMs = 0 } = detailsOf(error);
    if (!cut.requested && retryAfterMs > 0) {
      await this.pause(retryAfterMs, `${request.summary}: left alone as asked`, cut);
    }
    return cut.requested ? { kind: 'cut', attempts } : this.callQueued(request, cut, attempts, events);
  }

  /** A scope that the engine alone can cancel, whatever scope its caller runs in: a cancelled run still has to undo. */
  private ownScope(): CancellationScope {
    const shield = new CancellationScope({ cancellable: false });
    return new CancellationScope({ cancellable: true, parent: shield });
  }

  /** Waits as long as the service asked for, at most for the retry budget. A cut ends the pause. */
  private async pause(ms: number, summary: string, cut: Cut): Promise<void> {
    const timer = this.timer(Math.min(ms, this.options.retryBudgetMs), summary);
    await Promise.race([timer.fired, cut.whenRequested]);
    timer.cancel();
  }

  private callLocally(request: CallRequest): Promise<unknown> {
    const type = `${request.service}.${request.operation}`;
    const { summary } = request;
    return this.localCall(() => callLocalActivity(type, request.input, { ...localAttempt, summary }));
  }

  private async callQueued(request: CallRequest, cut: Cut, tried: number, events: CallEvents): Promise<CallOutcome> {
    const type = `${request.service}.${request.operation}`;
    const activityId = this.freeId(request.activityId);
    const activities = proxyActivities<Activities>({
      taskQueue: this.taskQueueOf(request.service),
      startToCloseTimeout: queuedAttempt,
      // Temporal's own retries add nothing to the history, however long they go on.
      ...(request.endless ? {} : { scheduleToCloseTimeout: this.options.retryBudgetMs }),
      retry: backOff,
      // A cut ends the back-off at once and waits for an attempt in flight: its effect is known before anything is undone.
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      activityId,
      summary: request.summary,
    });
    const scope = this.ownScope();
    const task = currentTask();
    // Cut in the task that scheduled it, a call never goes out. Temporal would tell that in the middle of the task, where a replay brings other
    // answers along.
    const cutUnsent = new Promise<never>((_resolve, reject) => {
      void cut.whenRequested.then(() => {
        scope.cancel();
        if (currentTask() === task) reject(new CancelledFailure('cut before it was sent'));
      });
    });
    const due = request.endless ? this.timer(this.options.retryBudgetMs, `${request.summary}: is it done?`) : undefined;
    void due?.fired.then(events.overdue);
    try {
      const { answer, attempt } = (await Promise.race([
        scope.run(() => activities[type]!(request.input)),
        cutUnsent,
      ])) as { answer: unknown; attempt: number };
      return { kind: 'answer', answer, attempts: tried + attempt };
    } catch (error) {
      if (isCancellation(error)) return { kind: 'cut', attempts: tried };
      const outcome = outcomeOf(error, request, tried);
      return outcome.kind === 'spent' && cut.requested ? { kind: 'cut', attempts: outcome.attempts } : outcome;
    } finally {
      due?.cancel();
      this.queuedIds.delete(activityId);
    }
  }

  /** Two walks in one run (two returns) have steps of the same names, but Temporal takes an activity id only once at a time. */
  private freeId(wanted: string): string {
    let id = wanted;
    for (let n = 2; this.queuedIds.has(id); n += 1) id = `${wanted}#${n}`;
    this.queuedIds.add(id);
    return id;
  }
}

/** Workflow tasks are told apart by the length of the history, which is the same in a replay. */
const currentTask = (): number => workflowInfo().historyLength;

const undoneBefore = {
  code: 'reset_after_undo',
  message: 'Another run of this order has undone it: this run was reset to before that. It can only be abandoned.',
} satisfies Failure & { code: OrderFailureCode };

function outcomeOf(error: unknown, { service }: CallRequest, before: number): CallOutcome {
  // A local activity's failure comes as it is, an ordinary one's inside an ActivityFailure.
  if (!(error instanceof TemporalFailure)) throw error;
  const attempts = before + (detailsOf(error).attempt ?? 1);
  const last = lastApplicationFailure(error);
  if (last?.nonRetryable === true) {
    if (last.type === 'service_rejected_call') {
      return { kind: 'unexpected', failure: serviceTrouble(last.type, service), attempts };
    }
    if (last.type === 'undone') return { kind: 'undone', failure: undoneBefore, attempts };
    const failure = { code: last.type ?? 'refused', message: last.message };
    if (detailsOf(error).isUndone === true) {
      return { kind: patched('undone-before') ? 'undoneBefore' : 'rejected', failure, attempts };
    }
    return { kind: 'rejected', failure, attempts };
  }
  return { kind: 'spent', failure: serviceTrouble('service_unavailable', service), attempts };
}

function lastApplicationFailure(error: unknown): ApplicationFailure | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) if (at instanceof ApplicationFailure) return at;
  return undefined;
}

/** The details of a failed attempt, written by activities/service-call.ts. */
function detailsOf(error: unknown): { attempt?: number; retryAfterMs?: number; isUndone?: boolean } {
  return lastApplicationFailure(error)?.details?.[0] ?? {};
}
