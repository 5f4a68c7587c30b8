import type { Failure } from '../../contracts/failures.js';
import { EndProcess, Refusal } from './definition.js';
import type { AnyStep, Call, Deadline, Message, Process, StepContext, UndoContext } from './definition.js';
import { MessageBox } from './mailbox.js';
import { Cut } from './ports.js';
import type { Ports, Timer } from './ports.js';
import { StepRun, StepRuns } from './step-run.js';
import type { Resolution } from './step-run.js';

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

function cutAll(step: StepRun): void {
  for (const call of step.calls) call.request();
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
  readonly #watchers = new Set<{ test: () => boolean; resolve: () => void }>();
  #bug?: { error: unknown };
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
      this.#skipWhatIsLeft();
      if (this.#endsHere || !this.steps.anyPivotPassed) break;
      // Part of it is out and goes on to its own end: from here the rest of the process runs for that part alone.
      delete this.stopping;
      this.#changed();
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

  /** Adds a step that no definition could foresee; it runs once what it comes after is settled. */
  add(definition: AnyStep, id: string, item: unknown): void {
    this.steps.add(new StepRun(`${definition.id}:${id}`, definition, definition.dependsOn, item));
    this.#startReady();
    this.#changed();
  }

  /** Ends the process from outside. The caller has made sure that no pivot is passed; one passed anyway keeps what is out. */
  stop(failure: StepFailure): void {
    if (this.stopping || this.ended) return;
    this.stopping = failure;
    for (const step of this.steps.all) if (this.#stopped(step)) cutAll(step);
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
    if (action === 'abandon' && !this.steps.pastPivot(step)) {
      this.stop({
        code: 'cancelled_by_operator',
        message: `An operator abandoned the order at ${stepId}.`,
        step: stepId,
      });
      return;
    }
    step.resolution = action;
    if (step.parked) this.#unpark(step);
    cutAll(step);
    this.#changed();
  }

  /** A step that waits for an operator, or an undo that cannot be done, oldest first. */
  get attention(): StepRun | undefined {
    return this.steps.all.find((s) => s.parked || s.undoFailing);
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) {
      if (!watcher.test()) continue;
      this.#watchers.delete(watcher);
      watcher.resolve();
    }
    this.options.onChange();
  }

  async #until(test: () => boolean): Promise<void> {
    if (!test() && !this.#bug) {
      await new Promise<void>((resolve) =>
        this.#watchers.add({ test: () => test() || this.#bug !== undefined, resolve }),
      );
    }
    // A bug in a body is not a failure of the process: it fails the workflow task, which is retried until the code is mended.
    if (this.#bug) throw this.#bug.error;
  }

  #walked(): boolean {
    if (this.stopping) return !this.steps.all.some((s) => s.active && !s.definition.fanOut && this.#stopped(s));
    return this.steps.all.every((s) => s.optional || s.settled);
  }

  /** The walk is being stopped and this step with it; what is past its pivot goes on. */
  #stopped(step: StepRun): boolean {
    return this.stopping !== undefined && !this.ended && !this.steps.pastPivot(step);
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
        if (step.state !== 'pending' || this.#stopped(step)) continue;
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
    this.#startReady();
    this.#changed();
  }

  /** Past a pivot nothing is undone by itself, so a refusal there waits for an operator, who may have the step ask again. */
  async #runBody(step: StepRun, timers: Timer[]): Promise<unknown> {
    for (;;) {
      try {
        return await step.definition.run(this.#contextOf(step, timers) as never);
      } catch (error) {
        if (!(error instanceof Refusal) || step.optional || !this.steps.anyPivotPassed || this.#stopped(step))
          throw error;
        await this.#park(step, { code: error.code, message: error.message });
        step.round += 1;
      }
    }
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
      this.#endsHere = true;
      this.stop({ code: error.code, message: error.message, step: step.id });
    } else if (error instanceof Refusal) {
      step.failure = { code: error.code, message: error.message };
      step.over = step.optional;
      this.#finish(step, 'failed');
      if (!step.optional) this.stop({ ...step.failure, step: step.id });
    } else {
      this.#bug ??= { error };
    }
  }

  #finish(step: StepRun, state: 'done' | 'skipped' | 'failed'): void {
    step.state = state;
    step.finishedAt = this.ports.now();
    if (state === 'done') delete step.failure;
  }

  #contextOf(step: StepRun, timers: Timer[]): StepContext<Facts, unknown, unknown> {
    const deadlines = new Map<Deadline, { fired: boolean }>();
    return {
      facts: this.facts,
      results: this.#resultsFor(step),
      item: step.item,
      mailbox: this.mailbox,
      failure: this.stopping,
      now: () => this.ports.now(),
      call: <Answer>(call: Call<Answer>) => this.#call(step, call) as Promise<Answer>,
      wait: (ready, deadline) => this.#wait(step, ready, deadline && deadlines.get(deadline), deadline?.code),
      deadline: (ms, code, summary) => {
        const timer = this.ports.timer(ms, summary);
        const entry = { fired: false };
        timers.push(timer);
        void timer.fired.then(() => {
          entry.fired = true;
          this.#changed();
        });
        const deadline = { code };
        deadlines.set(deadline, entry);
        return deadline;
      },
      addBranch: (id, item) => this.#addBranch(this.steps.get(step.branch!.group)!, id, item),
    };
  }

  async #wait<Value>(
    step: StepRun,
    ready: () => Value | undefined,
    due: { fired: boolean } | undefined,
    code = '',
  ): Promise<Value> {
    if (this.#stopped(step)) throw new Stopped();
    let value = ready();
    if (value !== undefined) return value;
    step.state = 'waiting';
    this.#changed();
    await this.#until(() => {
      if (this.#stopped(step)) return true;
      value = ready();
      if (value !== undefined) step.state = 'running';
      return value !== undefined || due?.fired === true;
    });
    if (value !== undefined) return value;
    if (this.#stopped(step)) throw new Stopped();
    throw new Refusal(code, `Nothing came at ${step.id} before its deadline.`);
  }

  async #call(step: StepRun, call: Call<unknown>): Promise<unknown> {
    for (;;) {
      if (this.#stopped(step)) throw new Stopped();
      const outcome = await this.#attempt(step, call);
      if (outcome.kind === 'answer') {
        delete step.resolution;
        return outcome.answer;
      }
      if (outcome.kind === 'refused') throw new Refusal(outcome.failure.code, outcome.failure.message);
      if (this.#stopped(step)) throw new Stopped();
      if (outcome.kind === 'spent') {
        if (step.optional) throw new Refusal(outcome.failure.code, outcome.failure.message);
        await this.#park(step, outcome.failure);
      } else {
        this.#take(step);
      }
    }
  }

  async #attempt(step: StepRun, call: Call<unknown>) {
    const cut = new Cut();
    step.calls.add(cut);
    const subject = call.subject === undefined ? '' : `:${call.subject}`;
    const round = step.round === 0 ? '' : `:${step.round + 1}`;
    const outcome = await this.ports.call(
      {
        service: call.service,
        operation: call.operation,
        input: { key: `${this.options.key}:${step.id}:${call.operation}${subject}${round}`, ...call.input },
        activityId: `${step.id}:${call.operation}`,
        summary: step.state === 'undoing' ? `undo ${step.id}` : step.id,
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
    if (outcome.kind === 'answer') delete step.failure;
    return outcome;
  }

  async #park(step: StepRun, failure: Failure): Promise<void> {
    step.parked = true;
    step.state = 'failed';
    step.failure = failure;
    this.#changed();
    await this.#until(() => !step.parked || this.#stopped(step));
    if (step.parked) {
      step.parked = false;
      throw new Stopped();
    }
    this.#take(step);
  }

  #unpark(step: StepRun): void {
    step.parked = false;
    step.state = 'running';
    delete step.failure;
  }

  /** Acts on what the operator said of a step whose call is no longer in flight; a retry just goes on. */
  #take(step: StepRun): void {
    const resolution = step.resolution;
    delete step.resolution;
    if (resolution === 'skip') throw new Skipped();
    if (resolution === 'abandon') throw new GivenUp();
  }

  /**
   * Undoes what was begun: a step once everything begun that depends on it is undone, independent ones at the same time. What
   * must stay (see StepRuns.kept) is asked anew before each undo, as an undo may find that its part is already out.
   */
  async #undoAll(): Promise<void> {
    const undoing = new Set<StepRun>();
    const left = () =>
      this.steps.all.filter((s) => s.begun && !s.undone && s.definition.undo !== undefined && !this.steps.kept(s));
    const launch = () => {
      const open = left();
      for (const step of open) {
        if (undoing.has(step) || open.some((s) => s !== step && this.steps.before(s).has(step))) continue;
        undoing.add(step);
        void this.#undo(step)
          .catch((error: unknown) => (this.#bug ??= { error }))
          .finally(() => {
            undoing.delete(step);
            launch();
            this.#changed();
          });
      }
    };
    launch();
    this.#changed();
    await this.#until(() => undoing.size === 0);
  }

  async #undo(step: StepRun): Promise<void> {
    const before = step.state === 'failed' ? 'failed' : 'undone';
    const failure = step.failure;
    delete step.failure;
    step.state = 'undoing';
    this.#changed();
    const answer = await step.definition.undo!(this.#undoContextOf(step));
    if (answer === 'gone') {
      step.state = 'done';
      this.#passPivot(step);
      return;
    }
    step.undone = true;
    step.state = before;
    if (before === 'failed' && failure) step.failure = failure;
    else delete step.failure;
  }

  /** An undo that came too late is how the run learns that the pivot was passed. */
  #passPivot(step: StepRun): void {
    for (const pivot of this.steps.branchOf(step).filter((s) => s.definition.pivot === true)) {
      pivot.startedAt ??= this.ports.now();
      this.#finish(pivot, 'done');
    }
  }

  #undoContextOf(step: StepRun): UndoContext<unknown, unknown> {
    return {
      facts: this.facts,
      item: step.item,
      now: () => this.ports.now(),
      partly: this.steps.anyPivotPassed,
      call: <Answer>(call: Call<Answer>) => this.#undoCall(step, call) as Promise<Answer>,
    };
  }

  /** Without end: an undo that cannot be done shows, and is tried on. */
  async #undoCall(step: StepRun, call: Call<unknown>): Promise<unknown> {
    for (;;) {
      const outcome = await this.#attempt(step, call);
      delete step.resolution;
      step.undoFailing = outcome.kind === 'spent' || outcome.kind === 'refused';
      if (outcome.kind === 'answer') return outcome.answer;
      if (outcome.kind === 'cut') continue;
      step.failure = outcome.failure;
      this.#changed();
      // A refused undo would be refused again at once: it waits for an operator, who has had the service mended.
      if (outcome.kind === 'refused') {
        step.parked = true;
        await this.#until(() => !step.parked);
        step.state = 'undoing';
        step.undoFailing = false;
        step.round += 1;
      }
    }
  }

  #skipWhatIsLeft(): void {
    for (const step of this.steps.all) {
      const interrupted =
        step.definition.fanOut !== undefined && step.state === 'running' && !this.steps.anyPivotPassed;
      if (interrupted) this.#finish(step, 'skipped');
      if (step.state !== 'pending') continue;
      const goesOn = this.steps.anyPivotPassed && !this.#endsHere && (!step.branch || this.steps.pastPivot(step));
      if (!goesOn) step.state = 'skipped';
    }
  }

  #startAfterEnd(): void {
    for (const definition of this.process.afterEnd as readonly AnyStep[]) {
      const step = new StepRun(definition.id, definition, []);
      this.steps.add(step);
    }
    for (const step of this.steps.all) {
      if (step.state === 'pending') this.#start(step);
    }
  }
}
