import type { Failure } from '../../contracts/failures.js';
import type { StepState } from '../../contracts/statuses.js';
import type { AnyStep, Decision } from './definition.js';
import { GraphError } from './graph.js';
import type { Cut } from './ports.js';

export type Resolution = 'retry' | Decision;

/** A call in flight. */
export interface OpenCall {
  activityId: string;
  /** What the operator said of it while it was tried. */
  resolution?: Resolution;
}

export interface Parking {
  resolution?: Resolution;
  /** Another run has undone what the step builds on: it cannot go on, however often it is tried. */
  onlyAbandon?: true;
}

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
  /** Its undo knew that other parts are out and stay (see UndoContext.partly). */
  undonePartly = false;
  /** Its undo's calls that are overdue (see CallEvents). */
  readonly failingUndos = new Set<object>();
  /**
   * Waits for an operator: a fault outlasted its retries, or nobody can take a refusal back. One for all calls of the step, and what the
   * operator says of it goes for each of them.
   */
  parking?: Parking;
  /** What an operator said while it waited. */
  decision?: Decision;
  /** Its calls in flight, and those of them that have left the local path and are in their retries. */
  readonly calls = new Map<Cut, OpenCall>();
  readonly slowCalls = new Set<Cut>();
  /** How often an operator had a refused call made again: a new question each time, so a new idempotency key. By its first key. */
  readonly rounds = new Map<string, number>();

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

  finish(state: 'done' | 'skipped' | 'failed', at: number): void {
    this.state = state;
    this.finishedAt = at;
    if (state === 'done') delete this.failure;
  }

  get parked(): boolean {
    return this.parking !== undefined;
  }

  get onlyAbandon(): boolean {
    return this.parking?.onlyAbandon === true;
  }

  get undoFailing(): boolean {
    return this.failingUndos.size > 0;
  }

  /** A call of it is in trouble, or it is parked: an operator may have a say, once; a call that was given a word is about to follow it. */
  get stuck(): boolean {
    const inTrouble = [...this.slowCalls].some((cut) => this.calls.get(cut)?.resolution === undefined);
    return this.parked || this.undoFailing || inTrouble;
  }

  /** It waits for somebody who may never come, and may be skipped. */
  get waitsInVain(): boolean {
    return this.state === 'waiting' && this.definition.skippable === true;
  }

  /** Its body is running, waiting or parked. */
  get active(): boolean {
    return this.state === 'running' || this.state === 'waiting' || this.parked;
  }
}

/** The steps of one run, and what follows from how they hang together. */
export class StepRuns {
  readonly all: StepRun[] = [];
  readonly #byId = new Map<string, StepRun>();
  readonly #byGroup = new Map<string, StepRun[]>();
  readonly #pivots: StepRun[] = [];

  get(id: string): StepRun | undefined {
    return this.#byId.get(id);
  }

  /** @throws GraphError when there is a step of this id: fan-outs with two items of one id, for example. */
  add(step: StepRun): void {
    if (this.#byId.has(step.id)) {
      throw new GraphError(`Step "${step.id}" is there twice: each item needs an id of its own.`);
    }
    this.#byId.set(step.id, step);
    if (step.definition.pivot === true) this.#pivots.push(step);
    const group = step.branch?.group;
    if (group === undefined) {
      this.all.push(step);
      return;
    }
    const members = this.#byGroup.get(group) ?? [];
    this.all.splice(this.all.indexOf(members.at(-1) ?? this.get(group)!) + 1, 0, step);
    this.#byGroup.set(group, [...members, step]);
  }

  membersOf(group: string): readonly StepRun[] {
    return this.#byGroup.get(group) ?? [];
  }

  /** All that must come before a step, added to `found`; depending on a fan-out is depending on each step of its branches. */
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

  /** The pivots a step belongs to: those of its branch; outside of branches, those outside of branches. */
  pivotsOf(step: StepRun): StepRun[] {
    return this.#pivots.filter((p) => p.branch?.group === step.branch?.group && p.branch?.id === step.branch?.id);
  }

  /**
   * There is no way back from here. In a branch, since its own pivot is done. What is outside of branches belongs to every part, so it
   * stays as soon as one part is out.
   */
  pastPivot(step: StepRun): boolean {
    return step.branch ? this.pivotsOf(step).some((p) => p.state === 'done') : this.anyPivotPassed;
  }

  get anyPivotPassed(): boolean {
    return this.#pivots.some((p) => p.state === 'done');
  }

  /** What must stay done: what was begun and is past a pivot, and all that comes before it. */
  kept(): ReadonlySet<StepRun> {
    const kept = new Set<StepRun>();
    for (const step of this.all) {
      if (!(step.begun || step.state === 'done') || !this.pastPivot(step)) continue;
      kept.add(step);
      this.before(step, kept);
    }
    return kept;
  }
}
