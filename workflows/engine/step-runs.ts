import type { AnyStep } from './definition.js';
import { GraphError } from './graph.js';
import { StepRun } from './step-run.js';

/** The steps of one run, and what follows from their dependencies. */
export class StepRuns {
  readonly all: StepRun[] = [];
  readonly #byId = new Map<string, StepRun>();
  readonly #byGroup = new Map<string, StepRun[]>();
  readonly #pivots: StepRun[] = [];

  constructor(definition: readonly AnyStep[]) {
    for (const step of definition) this.add(new StepRun(step.id, step, step.dependsOn));
  }

  get(id: string): StepRun | undefined {
    return this.#byId.get(id);
  }

  /** @throws GraphError for an id that is there already, as when a fan-out has two items of one id. */
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

  /** Adds branches to a fan-out, without those that it has already: a stop that did not hold may have found them before. */
  addBranches(group: StepRun, branches: readonly { id: string; item: unknown }[]): void {
    const known = new Set(this.membersOf(group.id).map((member) => member.branch!.id));
    for (const { id, item } of branches) if (!known.has(id)) this.#addBranch(group, id, item);
  }

  #addBranch(group: StepRun, id: string, item: unknown): void {
    for (const definition of group.definition.fanOut!.branch) {
      const dependsOn =
        definition.dependsOn.length > 0 ? definition.dependsOn.map((d) => `${d}:${id}`) : group.dependsOn;
      this.add(new StepRun(`${definition.id}:${id}`, definition, dependsOn, item, { group: group.id, id }));
    }
  }

  /** A lost workflow task may have gone further than the run knows (see StepRun.isUnsure). */
  get areUnsure(): boolean {
    return this.all.some((step) => step.isUnsure);
  }

  membersOf(group: string): readonly StepRun[] {
    return this.#byGroup.get(group) ?? [];
  }

  /** The results of what a step depends on, by the ids of the definition. */
  resultsFor(step: StepRun): never {
    const dependencies = step.dependsOn.map((id) => this.get(id)!);
    return Object.fromEntries(dependencies.map((d) => [d.definition.id, d.result])) as never;
  }

  /** Adds everything that comes before a step to `found`. To depend on a fan-out is to depend on each step of its branches. */
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

  /** The pivots of a step's branch; for a step outside of branches, the pivots outside of branches. */
  pivotsOf(step: StepRun): StepRun[] {
    return this.#pivots.filter((p) => p.branch?.group === step.branch?.group && p.branch?.id === step.branch?.id);
  }

  /**
   * The step cannot be undone any more. A branch is past its pivot once that is done. Steps outside of branches belong to every branch, so
   * they stay as soon as one branch is past its pivot.
   */
  isPastPivot(step: StepRun): boolean {
    const isPassed = step.branch ? this.pivotsOf(step).some((p) => p.state === 'done') : this.isAnyPivotPassed;
    return isPassed || step.mustStay;
  }

  get isAnyPivotPassed(): boolean {
    return this.#pivots.some((p) => p.state === 'done');
  }

  /** The steps that must stay done: every step that was begun and is past a pivot, and all steps before it. */
  kept(): ReadonlySet<StepRun> {
    const kept = new Set<StepRun>();
    for (const step of this.all) {
      if (!(step.isBegun || step.state === 'done') || !this.isPastPivot(step)) continue;
      kept.add(step);
      this.before(step, kept);
    }
    return kept;
  }
}
