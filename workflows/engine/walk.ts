import type { Failure } from '../../contracts/failures.js';
import { Changes } from './changes.js';
import type { AnyStep, Process } from './definition.js';
import { Mailbox } from './mailbox.js';
import type { Ports } from './ports.js';
import { StepBody } from './step-body.js';
import { StepCalls } from './step-calls.js';
import { StepRun } from './step-run.js';
import { StepRuns } from './step-runs.js';
import { UndoWalk } from './undo-walk.js';

export type StepFailure = Failure & { step: string };

export type RunOutcome = { kind: 'completed' } | { kind: 'ended'; failure: StepFailure };

export interface RunOptions {
  /** First part of every idempotency key: the order's id. */
  key: string;
  /** Called after every change that a view can show. */
  onChange: () => void;
}

/** Decides which steps of a process run when: it starts them, stops them, has them undone, and ends. */
export class Walk {
  readonly steps: StepRuns;
  readonly mailbox = new Mailbox();
  readonly changes: Changes;
  readonly calls: StepCalls;
  #failure: StepFailure | undefined;
  #isEnded = false;
  /** A step's body ended the process. That takes effect once nothing is being undone. */
  #end: StepFailure | undefined;
  #endsHere = false;
  /** Steps that have not begun, as far as this run knows; a lost workflow task may have begun them. They are undone, too. */
  #unseen: readonly StepRun[] = [];

  readonly #process: Process<never>;

  constructor(
    process: Process<never>,
    readonly facts: unknown,
    readonly ports: Ports,
    options: RunOptions,
  ) {
    this.#process = process;
    this.steps = new StepRuns(process.steps as readonly AnyStep[]);
    this.changes = new Changes(options.onChange);
    this.calls = new StepCalls(ports, options.key, this.changes);
  }

  /** Why the process is being undone, or has ended early. */
  get failure(): StepFailure | undefined {
    return this.#failure;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** It is being stopped, and may turn out to be past a pivot that the run knows nothing of. Then it goes on from where it was. */
  get mayGoOn(): boolean {
    return this.#unseen.length > 0;
  }

  /** Resolves when the outcome is certain; optional steps may still be running. */
  async run(): Promise<RunOutcome> {
    for (;;) {
      this.startReady();
      await this.changes.until(() => this.#isWalked());
      if (!this.#failure) break;
      if (!this.#endsHere) await new UndoWalk(this).run(this.#unseen);
      this.#unseen = [];
      const goesOn = this.steps.isAnyPivotPassed && !this.#endsHere;
      if (goesOn) for (const step of this.steps.kept()) step.stay();
      this.#skipTheRest(goesOn);
      if (!goesOn) break;
      // Some branch is past its pivot. From here on the process runs for such branches alone.
      this.#failure = undefined;
      if (this.#end) this.endHere(this.#end);
      else this.changes.notify();
    }
    this.#isEnded = true;
    const failure = this.#failure;
    if (failure) this.#startAfterEnd();
    this.changes.notify();
    return failure ? { kind: 'ended', failure } : { kind: 'completed' };
  }

  startReady(): void {
    for (let progress = true; progress;) {
      progress = false;
      for (const step of [...this.steps.all]) {
        if (step.definition.fanOut && step.state === 'running' && this.#areBranchesSettled(step)) {
          step.finish(undefined, this.ports.now());
          progress = true;
        }
        // The stop had cut it off, and then something after it passed its pivot.
        if (this.#failure && !this.#isEnded && step.isCutOff && !this.isStopped(step)) step.stay();
        if (step.state !== 'pending' || this.isStopped(step) || (this.#endsHere && !this.#isEnded)) continue;
        if (!step.dependsOn.every((id) => this.steps.get(id)!.isSettled)) continue;
        if (step.branch && this.steps.get(step.branch.group)!.state === 'pending') continue;
        this.#start(step);
        progress = true;
      }
    }
  }

  /** Ends the process early: what was begun is undone, but for what is past a pivot. */
  stop(failure: StepFailure): void {
    if (this.#failure || this.#isEnded) return;
    this.#failure = failure;
    const stopped = this.steps.all.filter((s) => this.isStopped(s));
    if (!this.#endsHere) this.#unseen = this.#unseenOf(stopped);
    for (const step of stopped) step.stop();
    this.changes.notify();
  }

  /** Shows what a step failed with, and stops the process, unless the step is optional. */
  fail(step: StepRun, { code, message }: Failure): void {
    step.report({ code, message });
    if (!step.isOptional) this.stop({ code, message, step: step.id });
  }

  /** Ends the process early, and undoes nothing. */
  endHere(failure: StepFailure): void {
    this.#end ??= failure;
    if (this.#failure || this.#isEnded) return;
    this.#endsHere = true;
    this.stop(failure);
  }

  /** A step past its pivot goes on, unless a body ended the process: then only optional steps go on. */
  isStopped(step: StepRun): boolean {
    if (this.#failure === undefined || this.#isEnded) return false;
    return this.#endsHere ? !step.isOptional : !this.steps.isPastPivot(step);
  }

  /**
   * Adds a branch to the fan-out that the step is in. A body that runs again adds the same branch again: a branch of this id that is there
   * stays the only one.
   */
  addBranchBeside(step: StepRun, id: string, item: unknown): void {
    this.steps.addBranches(this.steps.get(step.branch!.group)!, [{ id, item }]);
    this.startReady();
    this.changes.notify();
  }

  #isWalked(): boolean {
    if (this.#failure) {
      return !this.steps.all.some((s) => s.isActive && !s.definition.fanOut && this.isStopped(s));
    }
    return this.steps.all.every((s) => s.isOptional || s.isSettled);
  }

  #areBranchesSettled(group: StepRun): boolean {
    return this.steps.membersOf(group.id).every((s) => s.isOptional || s.isSettled);
  }

  #start(step: StepRun): void {
    const { when, fanOut } = step.definition;
    const results = this.steps.resultsFor(step);
    if (when && !when(this.facts, results, step.item)) {
      step.skip();
      return;
    }
    step.start(this.ports.now());
    if (!fanOut) void new StepBody(step, this).run();
    else this.steps.addBranches(step, fanOut.over(this.facts, results));
  }

  #unseenOf(stopped: readonly StepRun[]): StepRun[] {
    const behind = stopped.filter((s) => s.mayBeBehind);
    const isAfter = (step: StepRun) => {
      const before = this.steps.before(step);
      return behind.some((s) => before.has(s));
    };
    const unseen = behind.length === 0 ? [] : stopped.filter((s) => !s.isBegun && s.canBeUndone && isAfter(s));
    return unseen.length > 0 && this.ports.undoesUnseen() ? unseen : [];
  }

  /** What comes after a step whose body has ended. */
  goOn(): void {
    try {
      this.startReady();
    } catch (error) {
      this.changes.reportBug(error);
    }
    this.changes.notify();
  }

  #skipTheRest(goesOn: boolean): void {
    for (const step of this.steps.all) {
      if (step.definition.fanOut && step.state === 'running' && !goesOn) step.skip(this.ports.now());
      // A branch that goes on does so without the steps that failed.
      if (step.state === 'failed' && !step.isParked) step.ignore();
      if (step.state === 'pending' && (!goesOn || (step.branch && !this.steps.isPastPivot(step)))) step.skip();
    }
  }

  #startAfterEnd(): void {
    for (const step of this.#process.afterEnd as readonly AnyStep[]) {
      this.steps.add(new StepRun(step.id, step, step.dependsOn));
    }
    this.startReady();
  }
}
