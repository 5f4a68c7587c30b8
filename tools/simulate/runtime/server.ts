import type { RunIdentity, WorkflowCode } from './run-code.js';
import { ModelledRun } from './run.js';
import type { RunOutcome } from './run.js';
import type { Timeline } from './timeline.js';

/** An attempt of an activity, for whoever makes it. */
export interface Attempt {
  type: string;
  args: unknown[];
  isLocal: boolean;
  attempt: number;
  workflowId: string;
  runId: string;
}

export type AttemptOutcome =
  | { kind: 'answer'; value: unknown }
  /** A failure as the SDK's converter writes it, and what the server reads of it. */
  | { kind: 'failure'; failure: Record<string, unknown>; isFinal: boolean; retryInMs?: number | undefined };

/** What decides in the simulated world: when things happen, and what goes wrong. */
export interface Fate {
  /** How long a workflow task waits for a worker, in ms. */
  taskDelayMs: (run: ModelledRun) => number;
  /** Whether the worker dies now, in the middle of a workflow task. */
  taskDies: (run: ModelledRun) => boolean;
  /** Whether the worker forgets the run after a workflow task. */
  forgets: (run: ModelledRun) => boolean;
  /** Makes an attempt. It may never answer. */
  attempt: (attempt: Attempt, done: (outcome: AttemptOutcome) => void) => void;
  /** The code fails its workflow task, or does something else in a replay. Temporal would block the run. */
  bug: (run: ModelledRun, error: unknown) => void;
}

export interface StartOptions {
  type: string;
  workflowId: string;
  args: unknown[];
  memo?: Record<string, unknown>;
  /** The run that it continues. */
  continues?: string;
}

export type UpdateAnswer =
  | { kind: 'answer'; value: unknown }
  | { kind: 'refused'; failure: Record<string, unknown> }
  /** There is no open run that could take it, or it closed before it did. */
  | { kind: 'closed' };

/** Temporal's server, as far as the product uses it: runs by workflow id, and what is sent to them. */
export class ModelledServer {
  readonly runs: ModelledRun[] = [];
  readonly #latest = new Map<string, ModelledRun>();

  constructor(
    readonly code: WorkflowCode,
    readonly timeline: Timeline,
    readonly fate: Fate,
  ) {}

  latest(workflowId: string): ModelledRun | undefined {
    return this.#latest.get(workflowId);
  }

  open(workflowId: string): ModelledRun | undefined {
    const run = this.#latest.get(workflowId);
    return run?.isOpen ? run : undefined;
  }

  /** Starts a run, unless one is open. `isFirst` is for ids that are used once (REJECT_DUPLICATE). @returns undefined for a refused start. */
  start(options: StartOptions, isFirst = false): ModelledRun | undefined {
    const known = this.#latest.get(options.workflowId);
    if (known && (isFirst || known.isOpen)) return undefined;
    const { type, workflowId, memo = {}, continues } = options;
    const identity: RunIdentity = {
      workflowId,
      runId: `run-${this.runs.length + 1}`,
      type,
      memo,
      startedAt: this.timeline.now,
      continuedFromRunId: continues,
    };
    const run = new ModelledRun(identity, options.args, this);
    this.#add(run);
    run.begin();
    return run;
  }

  signal(workflowId: string, name: string, content: unknown): boolean {
    const run = this.open(workflowId);
    run?.signal(name, content);
    return run !== undefined;
  }

  update(
    workflowId: string,
    request: { id: string; name: string; input: unknown },
    answered: (answer: UpdateAnswer) => void,
  ): void {
    const run = this.#latest.get(workflowId);
    if (run) run.update(request, answered);
    else answered({ kind: 'closed' });
  }

  /** Tells the parent what became of a run that it started. */
  closed(run: ModelledRun, outcome: RunOutcome): void {
    run.parent?.run.childClosed(run.parent.seq, outcome, run);
  }

  #add(run: ModelledRun): void {
    this.runs.push(run);
    this.#latest.set(run.identity.workflowId, run);
  }
}
