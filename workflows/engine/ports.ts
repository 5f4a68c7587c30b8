import type { Failure } from '../../contracts/failures.js';

/** What the walk needs from where it runs: Temporal in production, a plain model in the property tests. */
export interface Ports {
  /** Milliseconds since the epoch, as the run sees time. */
  now(): number;
  /** Makes a call with its retries. Never rejects for anything the service did. */
  call(request: CallRequest, cut: Cut, events: CallEvents): Promise<CallOutcome>;
  timer(ms: number, summary: string): Timer;
}

export interface Timer {
  readonly fired: Promise<void>;
  cancel(): void;
}

/** What is told of a call before its outcome. */
export interface CallEvents {
  /** The call has left its short way: after this failure, or without one where it had none to take. */
  slow: (failure?: Failure) => void;
  /** A call without end has failed for as long as another call's faults are retried, and is tried on. */
  overdue: () => void;
}

export interface CallRequest {
  service: string;
  operation: string;
  /** The activity's one argument, idempotency key included. */
  input: object & { key: string };
  /** Names the call where Temporal shows it: step, then operation. */
  activityId: string;
  /** One line for people: the step, and whether it is undone. The activity's type tells the rest. */
  summary: string;
  queued: boolean;
  /** Retried until it is answered or cut: it is never spent. */
  endless: boolean;
}

export type CallOutcome =
  | { kind: 'answer'; answer: unknown; attempts: number }
  /** The service rejects the call; another attempt would be answered the same. */
  | { kind: 'rejected'; failure: Failure; attempts: number }
  /** The call is wrong, or was not let in: the process cannot help it, so an operator decides. */
  | { kind: 'unexpected'; failure: Failure; attempts: number }
  /** Another run has undone what the call did, or what it needs: this run was reset to before that. */
  | { kind: 'undone'; failure: Failure; attempts: number }
  /** A fault outlasted its retries. */
  | { kind: 'spent'; failure: Failure; attempts: number }
  /** Cut short between two attempts. */
  | { kind: 'cut'; attempts: number };

/** A request to stop trying: an attempt in flight is still waited for, but no other follows. */
export class Cut {
  #request!: () => void;
  requested = false;
  readonly whenRequested: Promise<void> = new Promise((resolve) => (this.#request = resolve));

  request(): void {
    this.requested = true;
    this.#request();
  }
}
