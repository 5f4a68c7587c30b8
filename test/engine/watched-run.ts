import { expect } from 'vitest';
import { ProcessRun } from '../../workflows/engine/run-process.js';
import type { RunOutcome } from '../../workflows/engine/walk.js';
import type { StepRun } from '../../workflows/engine/step-run.js';
import { builtFrom, waits } from './random-process.js';
import type { ProcessSpec, StepSpec } from './random-process.js';
import { go, out } from './toy-run.js';
import { ToyWorld, everythingMoved } from './toy-world.js';

/** The events that reach a run from outside, and their order. */
export interface Plan {
  /** Each entry picks the next event. With `together`, the following event happens in the same instant. */
  picks: { pick: number; together: boolean }[];
  /** The run is stopped from outside after this many events. */
  stopAfter: number | undefined;
  /** Operators also resolve steps in back-off and waiting steps, not only parked ones. */
  meddling: boolean;
  /** Steps that can be skipped get no message, so an operator has to skip them. */
  silent?: boolean;
}

/** Throws unless the condition holds. It runs millions of times, so the message is built only on failure. */
function must(holds: boolean, otherwise: () => string): void {
  if (!holds) throw new Error(otherwise());
}

const decisions = ['retry', 'skip', 'abandon'] as const;

interface Event {
  name: string;
  happen: () => void;
}

/**
 * Runs a random process to its end and checks it at each moment: what runs is compared with what may run and what must run.
 * The rules come from the specification alone, not from the engine's own answers.
 */
export class WatchedRun {
  readonly world: ToyWorld;
  readonly run: ProcessRun<undefined>;
  readonly trace: string[] = [];
  readonly begun = new Set<string>();
  /** Steps whose last undo succeeded, and whether that undo was for their own branch only. */
  readonly undone = new Map<string, { onlyItsBranch: boolean; stop: unknown }>();
  /** The ids of undone steps, in the order in which their undos succeeded. */
  readonly undos: string[] = [];
  /** For each entry of `undos`: the steps that had begun by then. */
  readonly #begunAtUndo: ReadonlySet<string>[] = [];
  /** Steps with an effect that is not undone. */
  readonly effects = new Set<string>();
  readonly rejected = new Set<string>();
  /** Steps with a call that once had no answer: a lost workflow task may have begun what comes after them. */
  readonly unanswered = new Set<string>();
  readonly late = new Set<string>();
  readonly keys = new Map<string, string>();
  readonly spec = new Map<string, StepSpec>();
  /** Steps whose undo came too late. */
  readonly gone = new Set<string>();
  /** Steps that a message reported as out before their undo succeeded. */
  readonly out = new Set<string>();
  /** Steps that an operator skipped. */
  readonly skipped = new Set<string>();
  /** How often an operator had to help a leaf of a process that had ended. */
  helpedAfterEnd = 0;
  stopped = false;
  abandoned = false;
  outcome?: RunOutcome;
  left = false;
  #delivered = 0;

  constructor(
    spec: ProcessSpec,
    private readonly plan: Plan,
  ) {
    for (const s of spec) for (const step of 'branch' in s ? s.branch : [s]) this.spec.set(step.id, step);
    this.world = new ToyWorld((step, operation) => {
      const { doing, undoing } = this.specOf(step);
      return operation === 'undo' ? undoing : doing;
    });
    const process = builtFrom(spec, {
      began: (id) => this.#began(id),
      undoBegan: (id) => this.#undoBegan(id),
      undone: (id, onlyItsBranch, gone) => {
        if (gone) return void this.gone.add(id);
        must(!this.out.has(id), () => `${id} is undone, though it is out`);
        this.undone.set(id, { onlyItsBranch, stop: this.run.stopping });
        this.undos.push(id);
        this.#begunAtUndo.push(new Set(this.begun));
        this.effects.delete(id);
      },
    });
    this.world.onCall = (call) => {
      const { step, operation, request } = call;
      // A retry repeats the key; a new question has a new key.
      const question = `${step} ${operation} ${request.input.key.split('#')[0]}`;
      const { key } = request.input;
      expect(this.keys.get(key) ?? question, 'one key, one question').toBe(question);
      this.keys.set(key, question);
      if (operation !== 'do') return;
      expect(this.#mayStart(this.#step(step)), `${step} calls while it is being stopped`).toBe(true);
    };
    this.world.onFault = ({ step, operation }) => {
      if (operation === 'do') this.unanswered.add(step);
    };
    this.world.onOutcome = ({ step, operation }, { kind }) => {
      if (operation !== 'do') return;
      if (kind === 'spent' || kind === 'unexpected') this.unanswered.add(step);
      // An attempt without an answer may still have taken effect.
      if (kind === 'rejected') this.rejected.add(step);
      else if (kind !== 'undone') this.effects.add(step);
    };
    this.run = new ProcessRun(process, undefined, this.world, { key: 'toy', onChange: () => {} });
  }

  specOf(id: string): StepSpec {
    return this.spec.get(id.split(':')[0]!)!;
  }

  #step(id: string): StepRun {
    return this.run.steps.get(id)!;
  }

  get steps(): readonly StepRun[] {
    return this.run.steps.all;
  }

  // --- the rules, from the specification -------------------------------------------------------------------------------------------------

  settled(s: StepRun): boolean {
    return (
      ['done', 'skipped', 'undone'].includes(s.state) ||
      (s.state === 'failed' && !s.isParked && (s.isOptional || s.isIgnored))
    );
  }

  dependencies(s: StepRun): StepRun[] {
    return s.dependsOn.map((id) => this.#step(id));
  }

  readonly #ancestors = new Map<StepRun, Set<StepRun>>();
  #counted = 0;

  #ancestorsOf(s: StepRun): Set<StepRun> {
    if (this.#counted !== this.steps.length) {
      this.#counted = this.steps.length;
      this.#ancestors.clear();
    }
    const known = this.#ancestors.get(s);
    if (known) return known;
    const direct = s.dependsOn.flatMap((id) => [this.#step(id), ...this.steps.filter((m) => m.branch?.group === id)]);
    const all = new Set(direct.flatMap((d) => [d, ...this.#ancestorsOf(d)]));
    this.#ancestors.set(s, all);
    return all;
  }

  /** Whether a step depends on the earlier one or on a branch of it, directly or through other steps. */
  comesAfter(s: StepRun, earlier: StepRun): boolean {
    return this.#ancestorsOf(s).has(earlier);
  }

  get anyPivot(): boolean {
    return this.steps.some((s) => s.definition.pivot === true && s.state === 'done');
  }

  past(s: StepRun): boolean {
    if (!s.branch) return this.anyPivot;
    const { group, id } = s.branch;
    return this.steps.some(
      (p) => p.definition.pivot === true && p.state === 'done' && p.branch?.group === group && p.branch.id === id,
    );
  }

  kept(s: StepRun): boolean {
    return (
      this.past(s) ||
      this.steps.some((t) => (this.begun.has(t.id) || t.state === 'done') && this.past(t) && this.comesAfter(t, s))
    );
  }

  get ending(): boolean {
    return this.run.stopping?.code === 'terminated';
  }

  mustUndo(s: StepRun): boolean {
    if (!this.begun.has(s.id) || s.definition.undo === undefined || this.kept(s)) return false;
    const undone = this.undone.get(s.id);
    return !undone || (this.anyPivot && s.branch !== undefined && !undone.onlyItsBranch);
  }

  #mayStart(s: StepRun): boolean {
    return !this.run.stopping || this.run.isEnded || (this.ending ? s.isOptional : this.past(s));
  }

  #began(id: string): void {
    const step = this.#step(id);
    this.trace.push(`  ${id} begins`);
    must(this.#mayStart(step), () => `${id} starts while it is being stopped`);
    for (const d of this.dependencies(step)) must(this.settled(d), () => `${id} starts before ${d.id}, ${d.state}`);
    this.begun.add(id);
  }

  #undoBegan(id: string): void {
    const step = this.#step(id);
    this.trace.push(`  undo of ${id} begins`);
    must(this.run.stopping !== undefined && !this.ending, () => `undo of ${id} with nothing to undo`);
    if (!this.begun.has(id)) this.#mayHaveBegun(step);
    must(this.mustUndo(step), () => `undo of ${id}, which stays or is undone`);
    for (const s of this.steps) {
      must(!this.comesAfter(s, step) || !this.mustUndo(s), () => `undo of ${id} before that of ${s.id}`);
    }
    const inFlight = this.world.open.filter((c) => c.operation === 'do' && !this.past(this.#step(c.step)));
    must(inFlight.length === 0, () => `undo of ${id} beside a call of ${inFlight[0]!.step}`);
  }

  #mayHaveBegun(step: StepRun): void {
    const before = this.steps.filter((s) => this.comesAfter(step, s));
    const isBehind = before.some((s) => this.unanswered.has(s.id));
    must(isBehind, () => `undo of ${step.id}, which has not begun, and every call before it was answered`);
    // A step that an earlier stop undid stays undone, even if the process went on after that stop.
    const wrong = before.find((s) => this.undone.get(s.id)?.stop === this.run.stopping);
    must(!wrong, () => `undo of ${step.id} after that of ${wrong!.id}`);
    this.begun.add(step.id);
  }

  /** Checks the rules at a moment when nothing more can move by itself. */
  #lookAround(): void {
    const { run } = this;
    for (const id of this.out) {
      const step = this.#step(id);
      if (step.state !== 'undoing') continue;
      const trying = this.world.open.some((c) => c.step === id && c.operation === 'undo' && c.phase !== 'backOff');
      must(trying, () => `the undo of ${id} goes on, which is out`);
    }
    for (const s of this.steps) {
      // A branch that was found before its fan-out began waits for it.
      const waits = s.branch !== undefined && this.#step(s.branch.group).state === 'pending';
      const ready = s.state === 'pending' && !waits && this.dependencies(s).every((d) => this.settled(d));
      must(!ready || run.stopping !== undefined, () => `${s.id} could run and does not`);
      must(
        !s.isStuck || decisions.some((action) => !run.refusesResolution(s.id, action)),
        () => `${s.id} is stuck, and no operator can help`,
      );
      must(!s.isParked || s.state === 'failed' || s.state === 'undoing', () => `${s.id} is parked and ${s.state}`);
    }
    if (!run.stopping && this.steps.every((s) => s.isOptional || this.settled(s))) {
      must(run.isEnded, () => 'all that the outcome waits for is settled, and it has not ended');
    }
    if (!run.stopping || run.isEnded || this.ending) return;
    if (this.steps.some((s) => s.isActive && s.state !== 'undoing' && !s.definition.fanOut && !this.past(s))) return;
    for (const s of this.steps) {
      if (!this.mustUndo(s) || this.steps.some((t) => this.comesAfter(t, s) && this.mustUndo(t))) continue;
      must(s.state === 'undoing', () => `${s.id} could be undone and is ${s.state}`);
    }
  }

  // --- what can happen ------------------------------------------------------------------------------------------------------

  #possible(): Event[] {
    const { world, run } = this;
    const events: Event[] = world.open
      .filter((c) => !world.isHopeless(c))
      .map((c) => ({
        name: `${c.request.activityId} ${c.phase}, attempt ${c.attempts + 1}`,
        happen: () => c.next(),
      }));
    const hears = (s: StepRun) => !(this.plan.silent && this.specOf(s.id).skippable);
    const waiting = this.steps.filter((s) => s.state === 'waiting');
    events.push(...waiting.filter(hears).map((s) => this.#message(s.id)));
    for (const s of this.steps.filter((one) => one.canOnlyBeAbandoned)) {
      this.trace.push(`only abandon ${s.id}`);
      for (const action of ['retry', 'skip'] as const) {
        must(run.refusesResolution(s.id, action) === 'only_abandon', () => `${action} of ${s.id}, which was undone`);
      }
      must(run.refusesResolution(s.id, 'abandon') === undefined, () => `${s.id} cannot be abandoned`);
    }
    // The message can come before the undo begins and at any moment during it.
    const overtakable =
      run.stopping && !this.ending ? this.steps.filter((s) => this.mustUndo(s) && this.specOf(s.id).hears) : [];
    events.push(...overtakable.filter((s) => !this.out.has(s.id)).map((s) => this.#isOut(s)));
    const hopeless = (s: StepRun) =>
      (s.state === 'waiting' && !hears(s)) || world.open.some((c) => c.step === s.id && world.isHopeless(c));
    const helped = this.steps.filter(
      (s) => s.isParked || hopeless(s) || (this.plan.meddling && (s.isStuck || s.state === 'waiting')),
    );
    events.push(
      ...helped.flatMap((s) =>
        // Without a pick the first event happens. A hopeless step would then be retried for ever, so its other decisions come first.
        (hopeless(s) ? decisions.toReversed() : decisions)
          .filter((action) => !run.refusesResolution(s.id, action))
          .map((action) => ({ name: `${action} ${s.id}`, happen: () => this.#resolve(s, action) })),
      ),
    );
    const early = this.steps.filter(
      (s) => s.state === 'pending' && !s.definition.fanOut && waits(this.specOf(s.id)) && hears(s),
    );
    events.push(...early.map((s) => this.#message(s.id)));
    const earliest = Math.min(...world.running.map((t) => t.at));
    const due = world.running.filter((t) => t.at === earliest);
    events.push(
      ...due.map((t) => ({
        name: `deadline of ${t.summary}`,
        happen: () => {
          this.late.add(t.summary);
          t.fire();
        },
      })),
    );
    return events;
  }

  #isOut({ id }: StepRun): Event {
    return {
      name: `news that ${id} is out`,
      happen: () => {
        this.out.add(id);
        this.run.deliver(out, { id: `${(this.#delivered += 1)}`, subject: id, content: '' });
      },
    };
  }

  #message(id: string): Event {
    return {
      name: `message for ${id}`,
      happen: () => {
        this.run.deliver(go, { id: `${(this.#delivered += 1)}`, subject: id, content: '' });
        expect(this.#step(id).state).not.toBe('waiting');
      },
    };
  }

  #resolve(step: StepRun, action: 'retry' | 'skip' | 'abandon'): void {
    const attention = this.run.attention;
    if (this.run.isEnded) this.helpedAfterEnd += 1;
    if (action === 'abandon') this.abandoned = true;
    if (action === 'skip') this.skipped.add(step.id);
    // The last decision counts.
    if (action === 'retry') this.skipped.delete(step.id);
    this.run.resolve(step.id, action);
    expect(step.isParked).toBe(false);
    if (attention === step) expect(this.run.attention).not.toBe(step);
  }

  #stop(): void {
    const free = !this.run.stopping && !this.run.isEnded;
    this.trace.push('stop');
    this.run.stop({ code: 'cancelled', message: 'from outside', step: 's0' });
    if (!free) return;
    this.stopped = true;
    expect(this.run.stopping!.code).toBe('cancelled');
    for (const s of this.steps) if (s.isParked) expect(this.kept(s), `${s.id} is parked still`).toBe(true);
  }

  /** Runs to the end, leaves included. */
  async live(): Promise<RunOutcome> {
    let crash: Error | undefined;
    const over = this.run
      .run()
      .then((outcome) => {
        this.outcome = outcome;
        return this.run.optionalStepsEnded();
      })
      .then(
        () => (this.left = true),
        (error: unknown) => {
          crash = error as Error;
          this.left = true;
        },
      );
    const picks = [...this.plan.picks];
    await everythingMoved();
    let moved = true;
    for (let count = 0; !this.left; count += 1) {
      if (moved) this.#lookAround();
      if (count > 2000) throw new Error('does not come to an end');
      if (count === this.plan.stopAfter) {
        this.#stop();
        moved = picks.at(0)?.together !== true;
        if (moved) await everythingMoved();
        if (this.left) break;
      }
      const { pick, together } = picks.shift() ?? { pick: 0, together: false };
      let events = this.#possible();
      if (events.length === 0) {
        await everythingMoved();
        if (this.left) break;
        events = this.#possible();
        if (events.length === 0) throw new Error('nothing can happen any more, and it has not ended');
      }
      const event = events[pick % events.length]!;
      this.trace.push(event.name);
      event.happen();
      moved = !together;
      if (moved) await everythingMoved();
      else this.trace.push('  and in the same instant');
    }
    await over;
    if (crash) throw crash;
    return this.outcome!;
  }

  picture(): string {
    const states = this.steps.map(
      (s) => `${s.id} ${s.state}${s.isParked ? ' parked' : ''}${s.isIgnored ? ' over' : ''}`,
    );
    return [
      ...this.trace,
      states.join(', '),
      `stopping: ${JSON.stringify(this.run.stopping)}`,
      `open: ${this.world.describe()}`,
    ].join('\n');
  }

  /** Checks the rules that hold for every ended run. */
  checkEnd(): void {
    for (const s of this.steps) {
      expect(['done', 'skipped', 'failed', 'undone'], `${s.id} at the end`).toContain(s.state);
      expect(s.isParked || s.isUndoOverdue, `${s.id} needs nobody at the end`).toBe(false);
      expect(s.calls.size).toBe(0);
    }
    expect(this.world.describe()).toBe('[]');
    expect(this.world.running).toEqual([]);
    expect(this.run.attention).toBeUndefined();
    this.#checkCause();
    for (const id of this.gone) expect(this.past(this.#step(id)), `${id} is out, and its part goes on`).toBe(true);
    const undoes = this.outcome!.kind === 'ended' && !this.ending;
    if (!undoes && !this.anyPivot) expect(this.undos, 'nothing is undone without a stop').toEqual([]);
    if (undoes && !this.anyPivot) {
      const expected = [...this.begun].filter((id) => this.specOf(id).undo).sort();
      expect([...this.undos].sort(), 'each step that was begun is undone, once').toEqual(expected);
      for (const id of expected) expect(this.effects.has(id), `what ${id} did is taken back`).toBe(false);
    }
    this.undos.forEach((id, i) => {
      // This is a second undo, for its branch only. The first one was checked in its own place.
      if (this.undos.slice(0, i).includes(id)) return;
      for (const [j, earlier] of this.undos.slice(0, i).entries())
      // A step that began later, in the branch that went on, had nothing to undo yet.
      {
        if (!this.undos.slice(i).includes(earlier) && this.#begunAtUndo[j]!.has(id)) {
          expect(this.comesAfter(this.#step(id), this.#step(earlier)), `${id} undone after ${earlier}`).toBe(false);
        }
      }
    });
    if (this.anyPivot) {
      for (const s of this.steps) {
        if (s.branch && !this.kept(s) && s.state === 'undone' && this.outcome!.kind === 'completed') {
          expect(this.undone.get(s.id)!.onlyItsBranch, `${s.id} is undone for itself`).toBe(true);
        }
      }
    }
  }

  #checkCause(): void {
    const outcome = this.outcome!;
    if (outcome.kind === 'completed') {
      expect(this.run.stopping).toBeUndefined();
      return;
    }
    const { code, step } = outcome.failure;
    if (code === 'cancelled') expect(this.stopped).toBe(true);
    else if (code === 'review_deadline') expect(this.late).toContain(step);
    else if (code === 'terminated') expect(this.specOf(step).ends).toBe(true);
    else if (code === 'cancelled_by_operator') expect(this.abandoned).toBe(true);
    else expect([code, this.rejected.has(step)]).toEqual(['toy_rejected', true]);
  }
}
