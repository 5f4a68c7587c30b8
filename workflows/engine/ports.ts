import type { Failure } from '../../contracts/failures.js';

/** What the engine needs from its environment: Temporal in production, a model in the engine's tests. */
export interface Ports {
  /** Milliseconds since the epoch, as the run sees time. */
  now(): number;
  /** Makes a call, with retries. Resolves whatever the service does. */
  call(request: CallRequest, cut: Cut, events: CallEvents): Promise<CallOutcome>;
  timer(ms: number, summary: string): Timer;
  /** No workflow task of this run was lost until now. False if the run cannot know it. */
  hasLostNothing(): boolean;
  /** Whether a step that is abandoned takes back what it may have done (see StepOptions.giveUp). The same for old runs. */
  takesBack(): boolean;
  /** Whether steps make a change of what they do. False in a run that passed the place in which it is asked when they did not. */
  makes(change: Change): boolean;
  /** Whether steps that have not begun may have to be undone (see Walk.stop). False in a run that passed this point when it was not so. */
  undoesUnseen(): boolean;
}

/** Changes of what steps do that are no new version of their process. */
export type Change = 'assumed' | 'first-report' | 'give-up-parcel';

export interface Timer {
  readonly fired: Promise<void>;
  cancel(): void;
}

/** Called before the outcome of a call is known. */
export interface CallEvents {
  /** The local attempt failed with this failure, or there was none; the call now runs as an ordinary activity. */
  slow: (failure?: Failure) => void;
  /** An endless call has failed for longer than the retry budget. It is still retried. */
  overdue: () => void;
}

export interface CallRequest {
  service: string;
  operation: string;
  /** The activity's argument, including the idempotency key. */
  input: object & { key: string };
  /** Shown by Temporal: the step, then the operation. */
  activityId: string;
  /** One line for people: the step, and whether this is its undo. */
  summary: string;
  queued: boolean;
  /** Retried until it is answered or cut, whatever the retry budget. */
  endless: boolean;
}

export type CallOutcome =
  | { kind: 'answer'; answer: unknown; attempts: number }
  /** The service rejects the call; another attempt would be answered the same. */
  | { kind: 'rejected'; failure: Failure; attempts: number }
  /** The service answered with an error that its contract does not list: an operator decides. */
  | { kind: 'unexpected'; failure: Failure; attempts: number }
  /** This run was reset, and another run has undone what the call did or needs. */
  | { kind: 'undone'; failure: Failure; attempts: number }
  /** This run has undone what the call did or needs, in a workflow task that was lost. The task is made again, and the undo with it. */
  | { kind: 'undoneBefore'; failure: Failure; attempts: number }
  /** Faults lasted longer than the retry budget. */
  | { kind: 'spent'; failure: Failure; attempts: number }
  /** Cut short between two attempts. */
  | { kind: 'cut'; attempts: number };

/** A request to stop retrying. An attempt in flight is waited for, and no other follows. */
export class Cut {
  #requested = false;
  #resolve: (() => void) | undefined;
  #whenRequested: Promise<void> | undefined;

  get requested(): boolean {
    return this.#requested;
  }

  /** Made when it is needed: few calls are cut, or run so long that they could be. */
  get whenRequested(): Promise<void> {
    this.#whenRequested ??= this.#requested ? Promise.resolve() : new Promise((resolve) => (this.#resolve = resolve));
    return this.#whenRequested;
  }

  request(): void {
    this.#requested = true;
    this.#resolve?.();
  }
}
