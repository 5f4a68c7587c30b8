import type { AnyStep, Process } from './definition.js';
import type { Mailbox } from './mailbox.js';
import type { Delivery, MessageType } from './message.js';
import type { Ports } from './ports.js';
import type { Resolution } from './step-context.js';
import type { StepRun } from './step-run.js';
import { StepRuns } from './step-runs.js';
import { Walk } from './walk.js';
import type { RunOptions, RunOutcome, StepFailure } from './walk.js';

/** How far a run is: what a view can show. A process that has not begun has it, too (see notBegun). */
export interface RunState<Facts, Status extends string = string> {
  readonly process: Process<Facts, Status>;
  readonly facts: Facts;
  readonly steps: StepRuns;
  /** Why the process is being undone, or has ended early. */
  readonly stopping: StepFailure | undefined;
  readonly isEnded: boolean;
  /** The first step that waits for an operator, or whose undo cannot be done. */
  readonly attention: StepRun | undefined;
}

/** The state of a run that no worker has begun yet. */
export function notBegun<Facts, Status extends string>(
  process: Process<Facts, Status>,
  facts: Facts,
): RunState<Facts, Status> {
  const steps = new StepRuns(process.steps as readonly AnyStep[]);
  return { process, facts, steps, stopping: undefined, isEnded: false, attention: undefined };
}

/**
 * One run of a process: starts each step as soon as its own dependencies are settled. On a rejection, a deadline or a stop from outside it
 * undoes what was begun, in reverse dependency order.
 *
 * Promises of the ports and calls of `deliver`, `stop` and `resolve` drive everything. Those calls take effect before they return: a view
 * that is made right after one of them shows it.
 */
export class ProcessRun<Facts, Status extends string = string> implements RunState<Facts, Status> {
  readonly steps: StepRuns;
  readonly mailbox: Mailbox;
  readonly #walk: Walk;

  constructor(
    readonly process: Process<Facts, Status>,
    readonly facts: Facts,
    ports: Ports,
    options: RunOptions,
  ) {
    this.#walk = new Walk(process, facts, ports, options);
    this.steps = this.#walk.steps;
    this.mailbox = this.#walk.mailbox;
  }

  get stopping(): StepFailure | undefined {
    return this.#walk.failure;
  }

  get isEnded(): boolean {
    return this.#walk.isEnded;
  }

  /** It is being stopped, and may go on all the same (see Walk.mayGoOn). */
  get mayGoOn(): boolean {
    return this.#walk.mayGoOn;
  }

  get attention(): StepRun | undefined {
    return this.steps.all.find((s) => s.isParked || s.isUndoOverdue);
  }

  /** Resolves when the outcome is certain; optional steps may still be running (see optionalStepsEnded). */
  run(): Promise<RunOutcome> {
    return this.#walk.run();
  }

  async optionalStepsEnded(): Promise<void> {
    await this.#walk.changes.until(() => !this.steps.all.some((s) => s.isActive));
  }

  /**
   * Puts a message where waits find it.
   *
   * @param note runs before the waits are asked.
   * @returns false for a repeated id
   */
  deliver<Type extends MessageType>(type: Type, delivery: Delivery<Type>, note: () => void = () => {}): boolean {
    if (!this.mailbox.put(type, delivery)) return false;
    note();
    this.#walk.changes.notify();
    return true;
  }

  /** Ends the process from outside. The caller makes sure that no pivot is passed; what is past one anyway stays done. */
  stop(failure: StepFailure): void {
    this.#walk.stop(failure);
  }

  /** Why a resolution cannot be taken now; undefined where it can. */
  refusesResolution(stepId: string, action: Resolution): 'unknown_step' | ReturnType<StepRun['refusesResolution']> {
    const step = this.steps.get(stepId);
    return step ? step.refusesResolution(action) : 'unknown_step';
  }

  /** Takes an operator's decision about a step; one that is refused changes nothing. */
  resolve(stepId: string, action: Resolution): void {
    const step = this.steps.get(stepId);
    if (!step || step.refusesResolution(action)) return;
    if (action === 'abandon' && !this.isEnded && !this.steps.isPastPivot(step)) {
      const message = `An operator abandoned the ${this.process.name} at ${stepId}.`;
      this.stop({ code: 'cancelled_by_operator', message, step: stepId });
      return;
    }
    step.resolve(action);
    this.#walk.changes.notify();
  }
}
