import type { Failure } from '../../contracts/failures.js';
import type { StepState } from '../../contracts/statuses.js';
import type { AnyStep } from './definition.js';
import type { Cut } from './ports.js';

export type Resolution = 'retry' | 'skip' | 'abandon';

/** One step of one run: where it stands. A fan-out has one of these for itself and one for each step of each branch. */
export class StepRun {
  state: StepState = 'pending';
  startedAt?: number;
  finishedAt?: number;
  /** Of the latest call. */
  attempts = 0;
  failure?: Failure;
  result?: unknown;
  /** Its undo is registered: `run` has been started, whatever came of it. */
  begun = false;
  /** Failed, and the process goes on without it. */
  over = false;
  undone = false;
  /** Its undo was tried for as long as a step's faults are retried, and is tried on. */
  undoFailing = false;
  /** Waits for an operator: a fault outlasted its retries, or nobody can take a refusal back. */
  parked = false;
  /** What the operator said, until the step has taken it. */
  resolution?: Resolution;
  /** Its calls in flight, and those of them that have left the local path and are in their retries. */
  readonly calls = new Set<Cut>();
  readonly slowCalls = new Set<Cut>();
  /** How often a refused step was started again by an operator: a new question, so a new idempotency key. */
  round = 0;

  constructor(
    readonly id: string,
    readonly definition: AnyStep,
    readonly dependsOn: readonly string[],
    /** What it works on, where it is not the whole process: the item of its branch. */
    readonly item: unknown = undefined,
    /** The fan-out it belongs to, and the branch of it. */
    readonly branch?: { group: string; id: string },
  ) {}

  get optional(): boolean {
    return this.definition.optional === true;
  }

  /** Who depends on it need not wait for it any longer. */
  get settled(): boolean {
    return (
      this.state === 'done' ||
      this.state === 'skipped' ||
      this.state === 'undone' ||
      (this.state === 'failed' && this.over)
    );
  }

  /** Its body is running, waiting or parked. */
  get active(): boolean {
    return this.state === 'running' || this.state === 'waiting' || this.parked;
  }
}

/** The steps of one run, and what follows from how they hang together. */
export class StepRuns {
  readonly all: StepRun[] = [];

  get(id: string): StepRun | undefined {
    return this.all.find((s) => s.id === id);
  }

  add(step: StepRun): void {
    const group = step.branch?.group;
    const last = group === undefined ? -1 : this.all.findLastIndex((s) => s.id === group || s.branch?.group === group);
    if (last < 0) this.all.push(step);
    else this.all.splice(last + 1, 0, step);
  }

  membersOf(group: string): StepRun[] {
    return this.all.filter((s) => s.branch?.group === group);
  }

  branchOf(step: StepRun): StepRun[] {
    const at = step.branch;
    return at ? this.all.filter((s) => s.branch?.group === at.group && s.branch.id === at.id) : [];
  }

  /** All that must come before a step; depending on a fan-out is depending on each step of its branches. */
  before(step: StepRun, found = new Set<StepRun>()): Set<StepRun> {
    for (const id of step.dependsOn) {
      for (const dependency of [this.get(id), ...this.membersOf(id)]) {
        if (!dependency || found.has(dependency)) continue;
        found.add(dependency);
        this.before(dependency, found);
      }
    }
    return found;
  }

  /** There is no way back from here: its branch's pivot is done (outside of branches, a pivot of the process itself). */
  pastPivot(step: StepRun): boolean {
    const around = step.branch ? this.branchOf(step) : this.all.filter((s) => !s.branch);
    return around.some((s) => s.definition.pivot === true && s.state === 'done');
  }

  get anyPivotPassed(): boolean {
    return this.all.some((s) => s.definition.pivot === true && s.state === 'done');
  }

  /** Must stay done: it is past a pivot, or something that is depends on it. */
  kept(step: StepRun): boolean {
    return this.pastPivot(step) || this.all.some((s) => this.pastPivot(s) && this.before(s).has(step));
  }
}
