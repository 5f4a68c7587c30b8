import type { Failure } from '../../contracts/failures.js';
import { EndProcess, Refusal } from './definition.js';
import type { AnyStep, Call, Deadline, Message, Process, StepContext, UndoContext } from './definition.js';
import { MessageBox } from './mailbox.js';
import { Cut } from './ports.js';
import type { CallOutcome, Ports, Timer } from './ports.js';
import { StepRun, StepRuns } from './step-run.js';
import type { OpenCall, Resolution } from './step-run.js';

export type StepFailure = Failure & { step: string };

export type Outcome = { kind: 'completed' } | { kind: 'ended'; failure: StepFailure };

export interface RunOptions {
  /** First part of every idempotency key: the order's id. */
  key: string;
  /** Something that a view shows has changed. */
  onChange: () => void;
}

/** How the body of a step is left when the step is not to go on. */
class Stopped extends Error {}
class Skipped extends Error {}
class GivenUp extends Error {}

/** A service's refusal, with the key of the call that it refused. */
class CallRefusal extends Refusal {
  constructor(
    failure: Failure,
    readonly key: string,
  ) {
    super(failure.code, failure.message);
  }
}

/** One run of a step's body. */
interface Body {
  /** Its calls and waits that have not come to an end. */
  open: Set<Promise<unknown>>;
  waits: number;
  /** It has ended: what it left open ends too, and nothing more of it begins. */
  left: boolean;
  timers: Timer[];
}

interface Watcher {
  test: () => boolean;
  resolve: () => void;
  reject: (error: unknown) => void;
}

function cutAll(step: StepRun): void {
  for (const call of step.calls.keys()) call.request();
}

/** Only attempts in flight are waited for: there is nothing left that an operator could say of them. */
function giveUp(step: StepRun): void {
  cutAll(step);
  step.slowCalls.clear();
}

/**
 * Walks a process: starts each step as soon as its own dependencies are settled, and on a refusal, a deadline or a stop from outside
 * undoes what was begun, in reverse dependency order.
 *
 * Everything is driven by promises of the ports and by the calls `deliver`, `stop` and `resolve`, which take effect before they return:
 * a view made right after one of them shows it.
 */
export class ProcessRun<Facts> {
  readonly steps = new StepRuns();
  readonly mailbox = new MessageBox();
  /** Why the process is being undone or has ended. */
  stopping?: StepFailure;
  ended = false;
  readonly #watchers = new Set<Watcher>();
  #bug?: { error: unknown };
  /** A body asked to end the process here; it takes effect once no part is being undone. */
  #end?: StepFailure;
  #endsHere = false;

  constructor(
    readonly process: Process<Facts>,
    readonly facts: Facts,
    private readonly ports: Ports,
    private readonly options: RunOptions,
  ) {
    for (const step of process.steps) this.steps.add(new StepRun(step.id, step, step.dependsOn));
  }

  /** Resolves when the outcome stands; optional leaves may still be running (see leavesSettled). */
  async run(): Promise<Outcome> {
    for (;;) {
      this.#startReady();
      await this.#until(() => this.#walked());
      if (!this.stopping) break;
      if (!this.#endsHere) await this.#undoAll();
      const goesOn = this.steps.anyPivotPassed && !this.#endsHere;
      this.#skipWhatIsLeft(goesOn);
      if (!goesOn) break;
      // Part of it is out and goes on to its own end: from here the rest of the process runs for that part alone.
      delete this.stopping;
      if (this.#end) this.#endHere(this.#end);
      else this.#changed();
    }
    this.ended = true;
    const failure = this.stopping;
    if (failure) this.#startAfterEnd();
    this.#changed();
    return failure ? { kind: 'ended', failure } : { kind: 'completed' };
  }

  async leavesSettled(): Promise<void> {
    await this.#until(() => !this.steps.all.some((s) => s.active));
  }

  /** Puts a message where waits find it. False for a repeated id. */
  deliver(message: Message): boolean {
    const isNew = this.mailbox.put(message);
    if (isNew) this.#changed();
    return isNew;
  }

  /** Adds a step that no definition could foresee; it runs once what it comes after is settled. A repeated id adds nothing. */
  add(definition: AnyStep, id: string, item: unknown): void {
    const stepId = `${definition.id}:${id}`;
    if (this.steps.get(stepId)) return;
    this.steps.add(new StepRun(stepId, definition, definition.dependsOn, item));
    this.#startReady();
    this.#changed();
  }

  /** Ends the process from outside. The caller has made sure that no pivot is passed; one passed anyway keeps what is out. */
  stop(failure: StepFailure): void {
    if (this.stopping || this.ended) return;
    this.stopping = failure;
    for (const step of this.steps.all) {
      if (!this.#stopped(step)) continue;
      if (step.parked) this.#unpark(step);
      giveUp(step);
    }
    this.#changed();
  }

  /** Why a resolution cannot be taken now; undefined where it can. */
  refusesResolution(stepId: string, action: Resolution): 'unknown_step' | 'wrong_status' | 'not_skippable' | undefined {
    const step = this.steps.get(stepId);
    if (!step) return 'unknown_step';
    const stuck = step.parked || step.slowCalls.size > 0;
    if (action === 'skip' && step.definition.skippable !== true) return 'not_skippable';
    if (action !== 'retry' && step.state === 'undoing') return 'wrong_status';
    return stuck ? undefined : 'wrong_status';
  }

  resolve(stepId: string, action: Resolution): void {
    const step = this.steps.get(stepId);
    if (!step || this.refusesResolution(stepId, action)) return;
    if (action === 'abandon' && !this.ended && !this.steps.pastPivot(step)) {
      this.stop({
        code: 'cancelled_by_operator',
        message: `An operator abandoned the order at ${stepId}.`,
        step: stepId,
      });
      return;
    }
    for (const call of step.calls.values()) call.resolution = action;
    if (step.parked) this.#unpark(step, action);
    step.failingUndos.clear();
    cutAll(step);
    this.#changed();
  }

  /** A step that waits for an operator, or an undo that cannot be done, oldest first. */
  get attention(): StepRun | undefined {
    return this.steps.all.find((s) => s.parked || s.undoFailing);
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) {
      try {
        if (!watcher.test()) continue;
        watcher.resolve();
      } catch (error) {
        // What a body waits for is code of the body: the error is the body's, not of whoever brought the news.
        watcher.reject(error);
      }
      this.#watchers.delete(watcher);
    }
    this.options.onChange();
  }

  async #until(test: () => boolean): Promise<void> {
    if (!test() && !this.#bug) {
      await new Promise<void>((resolve, reject) =>
        this.#watchers.add({ test: () => this.#bug !== undefined || test(), resolve, reject }),
      );
    }
    // A bug in a body is not a failure of the process: it fails the workflow task, which is retried until the code is mended.
    if (this.#bug) throw this.#bug.error;
  }

  #walked(): boolean {
    if (this.stopping) return !this.steps.all.some((s) => s.active && !s.definition.fanOut && this.#stopped(s));
    return this.steps.all.every((s) => s.optional || s.settled);
  }

  /** The walk is being stopped and this step with it; what is past its pivot goes on, unless it is the end for all but the leaves. */
  #stopped(step: StepRun): boolean {
    if (this.stopping === undefined || this.ended) return false;
    return this.#endsHere ? !step.optional : !this.steps.pastPivot(step);
  }

  /** Nothing more is to come of this run of a body. */
  #halts(step: StepRun, body: Body): boolean {
    return body.left || this.#stopped(step);
  }

  #startReady(): void {
    for (let progress = true; progress;) {
      progress = false;
      for (const step of [...this.steps.all]) {
        if (
          step.definition.fanOut &&
          step.state === 'running' &&
          this.steps.membersOf(step.id).every((m) => m.optional || m.settled)
        ) {
          this.#finish(step, 'done');
          progress = true;
        }
        if (step.state !== 'pending' || this.#stopped(step) || (this.#endsHere && !this.ended)) continue;
        if (!step.dependsOn.every((id) => this.steps.get(id)!.settled)) continue;
        this.#start(step);
        progress = true;
      }
    }
  }

  #start(step: StepRun): void {
    const { definition } = step;
    const results = this.#resultsFor(step);
    if (definition.when && !definition.when(this.facts, results, step.item)) {
      step.state = 'skipped';
      return;
    }
    step.state = 'running';
    step.startedAt = this.ports.now();
    step.begun = true;
    if (definition.fanOut) {
      for (const { id, item } of definition.fanOut.over(this.facts, results)) this.#addBranch(step, id, item);
      return;
    }
    void this.#execute(step);
  }

  #addBranch(group: StepRun, id: string, item: unknown): void {
    for (const definition of group.definition.fanOut!.branch) {
      const dependsOn =
        definition.dependsOn.length > 0 ? definition.dependsOn.map((d) => `${d}:${id}`) : group.dependsOn;
      this.steps.add(new StepRun(`${definition.id}:${id}`, definition, dependsOn, item, { group: group.id, id }));
    }
  }

  /** A body that is run again asks for the same branch again. */
  #addBranchOnce(group: StepRun, id: string, item: unknown): void {
    if (this.steps.membersOf(group.id).some((s) => s.branch!.id === id)) return;
    this.#addBranch(group, id, item);
    this.#startReady();
    this.#changed();
  }

  #resultsFor(step: StepRun): never {
    const results: Record<string, unknown> = {};
    for (const id of step.dependsOn) {
      const dependency = this.steps.get(id)!;
      results[dependency.definition.id] = dependency.result;
    }
    return results as never;
  }

  async #execute(step: StepRun): Promise<void> {
    const timers: Timer[] = [];
    try {
      step.result = await this.#runBody(step, timers);
      this.#finish(step, 'done');
    } catch (error) {
      this.#leave(step, error);
    } finally {
      for (const timer of timers) timer.cancel();
    }
    try {
      this.#startReady();
    } catch (error) {
      this.#bug ??= { error };
    }
    this.#changed();
  }

  /** Past a pivot nothing is undone by itself, so a refusal there waits for an operator, who may have the step ask again. */
  async #runBody(step: StepRun, timers: Timer[]): Promise<unknown> {
    for (;;) {
      const body: Body = { open: new Set(), waits: 0, left: false, timers };
      try {
        const result: unknown = await step.definition.run(this.#contextOf(step, body) as never);
        body.left = true;
        if (body.open.size > 0) await this.#closeOpen(step, body);
        return result;
      } catch (error) {
        body.left = true;
        const parks = error instanceof Refusal && !step.optional && this.steps.anyPivotPassed && !this.#stopped(step);
        if (body.open.size > 0) {
          if (error instanceof Refusal && !parks) this.#refused(step, error);
          await this.#closeOpen(step, body);
        }
        if (!parks) throw error;
        await this.#park(step, () => this.#stopped(step), { code: error.code, message: error.message });
        if (error instanceof CallRefusal) this.#askAnew(step, error.key);
      }
    }
  }

  /** What is still in flight when a body ends is waited for: nothing is undone, or asked again, beside it. */
  async #closeOpen(step: StepRun, body: Body): Promise<void> {
    giveUp(step);
    this.#changed();
    await Promise.allSettled(body.open);
  }

  /** A refused call is another question when it is made again; what the step's other calls were answered stands. */
  #askAnew(step: StepRun, key: string): void {
    step.rounds.set(key, (step.rounds.get(key) ?? 0) + 1);
  }

  #leave(step: StepRun, error: unknown): void {
    if (error instanceof Stopped) {
      // With an undo it will show undoing and undone; without one nothing of it is left.
      this.#finish(step, 'skipped');
    } else if (error instanceof Skipped) {
      this.#finish(step, 'skipped');
    } else if (error instanceof GivenUp) {
      step.over = true;
      this.#finish(step, 'failed');
    } else if (error instanceof EndProcess) {
      this.#finish(step, 'skipped');
      // Who is being stopped ends nothing any more: the stop came first, and what was begun is undone.
      if (!this.#stopped(step)) this.#endHere({ code: error.code, message: error.message, step: step.id });
    } else if (error instanceof Refusal) {
      step.over = step.optional;
      this.#finish(step, 'failed');
      this.#refused(step, error);
    } else {
      this.#bug ??= { error };
    }
  }

  #refused(step: StepRun, { code, message }: Refusal): void {
    step.failure = { code, message };
    if (!step.optional) this.stop({ code, message, step: step.id });
  }

  #endHere(failure: StepFailure): void {
    this.#end ??= failure;
    if (this.stopping || this.ended) return;
    this.#endsHere = true;
    this.stop(failure);
  }

  #finish(step: StepRun, state: 'done' | 'skipped' | 'failed'): void {
    step.state = state;
    step.finishedAt = this.ports.now();
    if (state === 'done') delete step.failure;
  }

  #contextOf(step: StepRun, body: Body): StepContext<Facts, unknown, unknown> {
    const deadlines = new Map<Deadline, { fired: boolean }>();
    const opened = <Value>(promise: Promise<Value>): Promise<Value> => {
      body.open.add(promise);
      const close = () => void body.open.delete(promise);
      promise.then(close, close);
      return promise;
    };
    return {
      facts: this.facts,
      results: this.#resultsFor(step),
      item: step.item,
      mailbox: this.mailbox,
      failure: this.stopping,
      now: () => this.ports.now(),
      call: <Answer>(call: Call<Answer>) => opened(this.#call(step, body, call) as Promise<Answer>),
      wait: (ready, deadline) =>
        opened(this.#wait(step, body, ready, deadline && deadlines.get(deadline), deadline?.code)),
      deadline: (ms, code, summary) => {
        const timer = this.ports.timer(ms, summary);
        const entry = { fired: false };
        body.timers.push(timer);
        void timer.fired.then(() => {
          entry.fired = true;
          this.#changed();
        });
        const deadline = { code };
        deadlines.set(deadline, entry);
        return deadline;
      },
      addBranch: (id, item) => this.#addBranchOnce(this.steps.get(step.branch!.group)!, id, item),
    };
  }

  async #wait<Value>(
    step: StepRun,
    body: Body,
    ready: () => Value | undefined,
    due: { fired: boolean } | undefined,
    code = '',
  ): Promise<Value> {
    if (this.#halts(step, body)) throw new Stopped();
    let value = ready();
    if (value !== undefined) return value;
    body.waits += 1;
    if (!step.parked) step.state = 'waiting';
    this.#changed();
    await this.#until(() => {
      if (!this.#halts(step, body)) {
        value = ready();
        if (value === undefined && due?.fired !== true) return false;
      }
      body.waits -= 1;
      if (body.waits === 0 && step.state === 'waiting') step.state = 'running';
      return true;
    });
    if (value !== undefined) return value;
    if (this.#halts(step, body)) throw new Stopped();
    throw new Refusal(code, `Nothing came at ${step.id} before its deadline.`);
  }

  async #call(step: StepRun, body: Body, call: Call<unknown>): Promise<unknown> {
    for (;;) {
      if (this.#halts(step, body)) throw new Stopped();
      const { outcome, resolution, key } = await this.#attempt(step, call);
      if (outcome.kind === 'answer') return outcome.answer;
      // An operator who gave the call up was told that it is: what its last attempt was refused with changes nothing of it.
      const givenUp = resolution === 'skip' || resolution === 'abandon';
      if (outcome.kind === 'refused' && !givenUp) throw new CallRefusal(outcome.failure, key);
      if (this.#halts(step, body)) throw new Stopped();
      if (resolution !== undefined) this.#obey(resolution);
      else if (outcome.kind === 'spent') {
        if (step.optional) throw new Refusal(outcome.failure.code, outcome.failure.message);
        await this.#park(step, () => this.#halts(step, body), outcome.failure);
      }
    }
  }

  /** A step as people read it in a narrow column: `bookParcel east`, as the order's id stands above it anyway. */
  #shown({ id, definition, branch }: StepRun): string {
    return branch ? `${definition.id} ${branch.id.replace(`${this.options.key}-`, '')}` : id;
  }

  /** `key` is that of the call's first round (see StepRun.rounds). */
  async #attempt(
    step: StepRun,
    call: Call<unknown>,
  ): Promise<{ outcome: CallOutcome; resolution: Resolution | undefined; key: string }> {
    const cut = new Cut();
    const open: OpenCall = { activityId: activityIdFor(step, call) };
    step.calls.set(cut, open);
    const subject = call.subject === undefined ? '' : `:${call.subject}`;
    const key = `${this.options.key}:${step.id}:${call.operation}${subject}`;
    const round = step.rounds.get(key) ?? 0;
    const outcome = await this.ports.call(
      {
        service: call.service,
        operation: call.operation,
        input: { ...call.input, key: round === 0 ? key : `${key}#${round + 1}` },
        activityId: open.activityId,
        summary: `${this.#shown(step)}${step.state === 'undoing' ? ': undo' : ''}`,
        queued: step.definition.queued === true,
      },
      cut,
      (failure) => {
        step.slowCalls.add(cut);
        step.attempts = 1;
        step.failure ??= failure;
        this.#changed();
      },
    );
    step.calls.delete(cut);
    step.slowCalls.delete(cut);
    step.attempts = outcome.attempts;
    // What another call of the step is in trouble with stays.
    if (outcome.kind === 'answer' && step.slowCalls.size === 0 && !step.parked) delete step.failure;
    return { outcome, resolution: open.resolution, key };
  }

  /** Until an operator says what is to become of the step; throws when it is not to go on. */
  async #park(step: StepRun, halts: () => boolean, failure: Failure): Promise<void> {
    if (halts()) throw new Stopped();
    const parking = (step.parking ??= {});
    step.state = 'failed';
    step.failure = failure;
    this.#changed();
    await this.#until(() => parking.resolution !== undefined || halts());
    if (halts()) {
      if (step.parking === parking) this.#unpark(step);
      throw new Stopped();
    }
    this.#obey(parking.resolution!);
  }

  #unpark(step: StepRun, resolution?: Resolution): void {
    if (resolution !== undefined) step.parking!.resolution = resolution;
    delete step.parking;
    if (step.state === 'failed') step.state = 'running';
    delete step.failure;
  }

  /** What the operator said of a step none of whose calls is in flight; a retry just goes on. */
  #obey(resolution: Resolution): void {
    if (resolution === 'skip') throw new Skipped();
    if (resolution === 'abandon') throw new GivenUp();
  }

  /**
   * Undoes what was begun: a step once everything begun that depends on it is undone, independent ones at the same time. What
   * must stay (see StepRuns.kept) is asked anew before each undo, as an undo may find that its part is already out.
   */
  async #undoAll(): Promise<void> {
    const undoing = new Set<StepRun>();
    const launch = () => {
      const open = this.#toUndo();
      const behind = new Set<StepRun>();
      for (const step of open) this.steps.before(step, behind);
      for (const step of open) {
        if (undoing.has(step) || behind.has(step)) continue;
        undoing.add(step);
        void this.#undo(step)
          .then(() => {
            undoing.delete(step);
            launch();
          })
          // A bug ends the walk: what it left undone is undone when the code is mended.
          .catch((error: unknown) => (this.#bug ??= { error }))
          .then(() => this.#changed());
      }
    };
    launch();
    this.#changed();
    await this.#until(() => undoing.size === 0);
  }

  /**
   * A part undone before it was known that another one is out relied on the undo of what all parts share. That stays now, so the part is
   * undone again, for itself: the calls that were made are answered as they were.
   */
  #toUndo(): StepRun[] {
    const kept = this.steps.kept();
    const partly = this.steps.anyPivotPassed;
    return this.steps.all.filter(
      (s) =>
        s.begun &&
        s.definition.undo !== undefined &&
        !kept.has(s) &&
        (!s.undone || (partly && s.branch !== undefined && !s.undonePartly)),
    );
  }

  async #undo(step: StepRun): Promise<void> {
    const before = step.state === 'failed' ? 'failed' : 'undone';
    const failure = step.failure;
    const partly = this.steps.anyPivotPassed;
    delete step.failure;
    step.state = 'undoing';
    this.#changed();
    const answer = await step.definition.undo!(this.#undoContextOf(step, partly));
    if (answer === 'gone') {
      step.state = 'done';
      this.#passPivot(step);
      return;
    }
    step.undone = true;
    step.undonePartly = partly;
    step.state = before;
    if (before === 'failed' && failure) step.failure = failure;
    else delete step.failure;
  }

  /** An undo that came too late is how the run learns that the pivot was passed. */
  #passPivot(step: StepRun): void {
    const pivots = this.steps.pivotsOf(step);
    if (pivots.length === 0)
      throw new Error(`The undo of "${step.id}" answered "gone", but there is no pivot that it could have passed.`);
    for (const pivot of pivots) {
      if (pivot.state === 'done') continue;
      pivot.startedAt ??= this.ports.now();
      this.#finish(pivot, 'done');
    }
  }

  #undoContextOf(step: StepRun, partly: boolean): UndoContext<unknown, unknown> {
    return {
      facts: this.facts,
      item: step.item,
      now: () => this.ports.now(),
      partly,
      call: <Answer>(call: Call<Answer>) => this.#undoCall(step, call) as Promise<Answer>,
    };
  }

  /** Without end: an undo that cannot be done shows, and is tried on. */
  async #undoCall(step: StepRun, call: Call<unknown>): Promise<unknown> {
    for (;;) {
      const { outcome, key } = await this.#attempt(step, call);
      if (outcome.kind === 'spent') step.failingUndos.add(call);
      else step.failingUndos.delete(call);
      if (outcome.kind === 'answer') return outcome.answer;
      if (outcome.kind === 'cut') continue;
      step.failure = outcome.failure;
      // A refused undo would be refused again at once: it waits for an operator, who has had the service mended.
      if (outcome.kind === 'refused') {
        const parking = (step.parking ??= {});
        this.#changed();
        await this.#until(() => parking.resolution !== undefined);
        this.#askAnew(step, key);
      } else {
        this.#changed();
      }
    }
  }

  #skipWhatIsLeft(goesOn: boolean): void {
    for (const step of this.steps.all) {
      if (step.definition.fanOut && step.state === 'running' && !goesOn) this.#finish(step, 'skipped');
      // Where a part goes on, it goes on without what was refused.
      if (step.state === 'failed' && !step.parked) step.over = true;
      if (step.state !== 'pending') continue;
      if (!goesOn || (step.branch && !this.steps.pastPivot(step))) step.state = 'skipped';
    }
  }

  #startAfterEnd(): void {
    for (const definition of this.process.afterEnd as readonly AnyStep[]) {
      this.steps.add(new StepRun(definition.id, definition, definition.dependsOn));
    }
    this.#startReady();
  }
}

/** Step and operation; two calls at the same time must differ. */
function activityIdFor(step: StepRun, call: Call<unknown>): string {
  const plain = `${step.id}:${call.operation}`;
  const taken = new Set([...step.calls.values()].map((c) => c.activityId));
  let id = plain;
  for (let n = 2; taken.has(id); n += 1) id = `${plain}#${n}`;
  return id;
}
