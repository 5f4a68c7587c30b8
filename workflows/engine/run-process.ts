import type { Failure, FailureCode } from '../../contracts/failures.js';
import { Changes } from './changes.js';
import { EndProcess, FailProcess, Rejection } from './definition.js';
import type { AnyStep, Call, Deadline, Decision, Process, StepContext, Waits } from './definition.js';
import { Mailbox } from './mailbox.js';
import type { Delivery, MessageType } from './message.js';
import type { Ports, Timer } from './ports.js';
import { GivenUp, Skipped, StepCalls, Stopped, cutAll, giveUp, obey, unpark } from './step-calls.js';
import { StepRun, StepRuns } from './step-run.js';
import type { Resolution } from './step-run.js';
import { UndoWalk } from './undo-walk.js';

export type StepFailure = Failure & { step: string };

export type Outcome = { kind: 'completed' } | { kind: 'ended'; failure: StepFailure };

export interface RunOptions {
  /** First part of every idempotency key: the order's id. */
  key: string;
  /** Something that a view shows has changed. */
  onChange: () => void;
}

/** A rejection, with the key of the call that was rejected. */
class RejectedCall extends Rejection {
  constructor(
    failure: Failure,
    readonly key: string,
  ) {
    super(failure.code, failure.message);
  }
}

interface WaitOptions {
  due?: Deadline | undefined;
  late?: FailureCode | undefined;
}

function failsProcess(error: unknown): error is Rejection | FailProcess {
  return error instanceof Rejection || error instanceof FailProcess;
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

/**
 * Walks a process: starts each step as soon as its own dependencies are settled, and on a refusal, a deadline or a stop from outside
 * undoes what was begun, in reverse dependency order.
 *
 * Everything is driven by promises of the ports and by the calls `deliver`, `stop` and `resolve`, which take effect before they return:
 * a view made right after one of them shows it.
 */
export class ProcessRun<Facts> {
  readonly steps = new StepRuns();
  readonly mailbox = new Mailbox();
  /** Why the process is being undone or has ended. */
  stopping?: StepFailure;
  ended = false;
  readonly #changes: Changes;
  readonly #calls: StepCalls;
  readonly #undoing: UndoWalk;
  /** A body asked to end the process here; it takes effect once no part is being undone. */
  #end?: StepFailure;
  #endsHere = false;

  constructor(
    readonly process: Process<Facts>,
    readonly facts: Facts,
    private readonly ports: Ports,
    options: RunOptions,
  ) {
    this.#changes = new Changes(options.onChange);
    this.#calls = new StepCalls(ports, options.key, this.#changes);
    this.#undoing = new UndoWalk(this.steps, facts, this.mailbox, () => ports.now(), this.#calls, this.#changes);
    for (const step of process.steps) this.steps.add(new StepRun(step.id, step, step.dependsOn));
  }

  /** Resolves when the outcome stands; optional leaves may still be running (see leavesSettled). */
  async run(): Promise<Outcome> {
    for (;;) {
      this.#startReady();
      await this.#changes.until(() => this.#walked());
      if (!this.stopping) break;
      if (!this.#endsHere) await this.#undoing.run();
      const goesOn = this.steps.anyPivotPassed && !this.#endsHere;
      this.#skipWhatIsLeft(goesOn);
      if (!goesOn) break;
      // Part of it is out and goes on to its own end: from here the rest of the process runs for that part alone.
      delete this.stopping;
      if (this.#end) this.#endHere(this.#end);
      else this.#changes.changed();
    }
    this.ended = true;
    const failure = this.stopping;
    if (failure) this.#startAfterEnd();
    this.#changes.changed();
    return failure ? { kind: 'ended', failure } : { kind: 'completed' };
  }

  async leavesSettled(): Promise<void> {
    await this.#changes.until(() => !this.steps.all.some((s) => s.active));
  }

  /** Puts a message where waits find it; `note` runs before they are asked. False for a repeated id. */
  deliver<Type extends MessageType>(type: Type, delivery: Delivery<Type>, note: () => void = () => {}): boolean {
    if (!this.mailbox.put(type, delivery)) return false;
    note();
    this.#changes.changed();
    return true;
  }

  /** Adds a step that no definition could foresee; it runs once what it comes after is settled. A repeated id adds nothing. */
  add(definition: AnyStep, id: string, item: unknown): void {
    const stepId = `${definition.id}:${id}`;
    if (this.steps.get(stepId)) return;
    this.steps.add(new StepRun(stepId, definition, definition.dependsOn, item));
    this.#startReady();
    this.#changes.changed();
  }

  /** Ends the process from outside. The caller has made sure that no pivot is passed; one passed anyway keeps what is out. */
  stop(failure: StepFailure): void {
    if (this.stopping || this.ended) return;
    this.stopping = failure;
    for (const step of this.steps.all) {
      if (!this.#stopped(step)) continue;
      if (step.parked) unpark(step);
      giveUp(step);
    }
    this.#changes.changed();
  }

  /** Why a resolution cannot be taken now; undefined where it can. */
  refusesResolution(
    stepId: string,
    action: Resolution,
  ): 'unknown_step' | 'only_abandon' | 'wrong_status' | 'not_skippable' | undefined {
    const step = this.steps.get(stepId);
    if (!step) return 'unknown_step';
    if (step.onlyAbandon && action !== 'abandon') return 'only_abandon';
    if (action === 'skip' && step.definition.skippable !== true) return 'not_skippable';
    if (action !== 'retry' && step.state === 'undoing') return 'wrong_status';
    return step.stuck || (action !== 'retry' && step.waitsInVain) ? undefined : 'wrong_status';
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
    if (action !== 'retry' && step.state === 'waiting') step.decision = action;
    if (step.parked) unpark(step, action);
    step.failingUndos.clear();
    cutAll(step);
    this.#changes.changed();
  }

  /** A step that waits for an operator, or an undo that cannot be done, oldest first. */
  get attention(): StepRun | undefined {
    return this.steps.all.find((s) => s.parked || s.undoFailing);
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
          step.finish('done', this.ports.now());
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
    this.#changes.changed();
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
      step.finish('done', this.ports.now());
    } catch (error) {
      this.#leave(step, error);
    } finally {
      for (const timer of timers) timer.cancel();
    }
    try {
      this.#startReady();
    } catch (error) {
      this.#changes.broken(error);
    }
    this.#changes.changed();
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
        const parks = failsProcess(error) && !step.optional && this.steps.anyPivotPassed && !this.#stopped(step);
        if (body.open.size > 0) {
          if (failsProcess(error) && !parks) this.#refused(step, error);
          await this.#closeOpen(step, body);
        }
        if (!parks) throw error;
        await this.#calls.park(step, () => this.#stopped(step), { code: error.code, message: error.message });
        if (error instanceof RejectedCall) this.#calls.askAnew(step, error.key);
      }
    }
  }

  /** What is still in flight when a body ends is waited for: nothing is undone, or asked again, beside it. */
  async #closeOpen(step: StepRun, body: Body): Promise<void> {
    giveUp(step);
    this.#changes.changed();
    await Promise.allSettled(body.open);
  }

  #leave(step: StepRun, error: unknown): void {
    const decision = error instanceof Skipped ? 'skip' : error instanceof GivenUp ? 'abandon' : undefined;
    if (error instanceof Stopped || (decision && this.#stopped(step))) {
      // With an undo it will show undoing and undone; without one nothing of it is left.
      step.finish('skipped', this.ports.now());
    } else if (decision && step.definition.decided) {
      this.#decide(step, decision, step.definition.decided);
    } else if (decision) {
      step.over = decision === 'abandon';
      step.finish(decision === 'skip' ? 'skipped' : 'failed', this.ports.now());
    } else if (error instanceof EndProcess) {
      step.finish('skipped', this.ports.now());
      // Who is being stopped ends nothing any more: the stop came first, and what was begun is undone.
      if (!this.#stopped(step)) this.#endHere({ code: error.code, message: error.message, step: step.id });
    } else if (failsProcess(error)) {
      step.over = step.optional;
      step.finish('failed', this.ports.now());
      this.#refused(step, error);
    } else {
      this.#changes.broken(error);
    }
  }

  /** An operator's word stands for the rest of the body, where the definition says what it makes of the step. */
  #decide(step: StepRun, decision: Decision, decided: NonNullable<AnyStep['decided']>): void {
    try {
      const now = () => this.ports.now();
      step.result = decided(decision, { facts: this.facts, item: step.item, now }) as unknown;
      step.finish('done', this.ports.now());
    } catch (error) {
      this.#leave(step, error);
    }
  }

  #refused(step: StepRun, { code, message }: Failure): void {
    step.failure = { code, message };
    if (!step.optional) this.stop({ code, message, step: step.id });
  }

  #endHere(failure: StepFailure): void {
    this.#end ??= failure;
    if (this.stopping || this.ended) return;
    this.#endsHere = true;
    this.stop(failure);
  }

  #contextOf(step: StepRun, body: Body): StepContext<Facts, unknown, unknown> {
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
      ...this.#waitsOf(step, body, opened),
      addBranch: (id, item) => this.#addBranchOnce(this.steps.get(step.branch!.group)!, id, item),
    };
  }

  #waitsOf(step: StepRun, body: Body, opened: <Value>(promise: Promise<Value>) => Promise<Value>): Waits {
    const until = <Value>(ready: () => { value: Value } | undefined, options: WaitOptions = {}) =>
      opened(this.#wait(step, body, ready, options));
    const waits = {
      wait: (type: MessageType, options?: WaitOptions) =>
        until(() => {
          const message = this.mailbox.take(type);
          return message && { value: message.content };
        }, options),
      waitForAny: (types: readonly MessageType[], options?: WaitOptions) =>
        until(() => {
          const message = this.mailbox.take(...types);
          return message && { value: message };
        }, options),
      waitUntil: <Value>(ready: () => Value | undefined, options?: WaitOptions) =>
        until(() => {
          const value = ready();
          return value === undefined ? undefined : { value };
        }, options),
      deadline: (ms: number, summary: string) => this.#deadline(body, ms, summary),
    };
    return waits as Waits;
  }

  #deadline(body: Body, ms: number, summary: string): Deadline {
    const timer = this.ports.timer(ms, summary);
    const deadline = { passed: false };
    body.timers.push(timer);
    void timer.fired.then(() => {
      deadline.passed = true;
      this.#changes.changed();
    });
    return deadline;
  }

  async #wait<Value>(
    step: StepRun,
    body: Body,
    ready: () => { value: Value } | undefined,
    { due, late }: WaitOptions,
  ): Promise<Value | undefined> {
    if (this.#halts(step, body)) throw new Stopped();
    let answer = undefined as { value: Value } | undefined;
    const isReady = () => (answer = ready()) !== undefined;
    if (isReady()) return answer!.value;
    body.waits += 1;
    if (!step.parked) step.state = 'waiting';
    this.#changes.changed();
    await this.#changes.until(() => {
      if (!this.#halts(step, body) && step.decision === undefined) {
        if (!isReady() && due?.passed !== true) return false;
      }
      body.waits -= 1;
      if (body.waits === 0 && step.state === 'waiting') step.state = 'running';
      return true;
    });
    if (answer) return answer.value;
    if (this.#halts(step, body)) throw new Stopped();
    if (step.decision) obey(step.decision);
    if (late === undefined) return undefined;
    throw new FailProcess(late, `Nothing came at ${step.id} before its deadline.`);
  }

  async #call(step: StepRun, body: Body, call: Call<unknown>): Promise<unknown> {
    for (;;) {
      if (this.#halts(step, body)) throw new Stopped();
      const { outcome, resolution, key } = await this.#calls.attempt(step, call);
      if (outcome.kind === 'answer') return outcome.answer;
      // An operator who gave the call up was told that it is: what its last attempt was refused with changes nothing of it.
      const givenUp = resolution === 'skip' || resolution === 'abandon';
      if (outcome.kind === 'refused' && !givenUp) throw new RejectedCall(outcome.failure, key);
      if (this.#halts(step, body)) throw new Stopped();
      // An operator's retry makes no difference to what another run has undone.
      if (resolution !== undefined && (givenUp || outcome.kind !== 'undone')) obey(resolution);
      else if (outcome.kind === 'spent' || outcome.kind === 'unexpected' || outcome.kind === 'undone') {
        if (step.optional) throw new Rejection(outcome.failure.code, outcome.failure.message);
        const onlyAbandon = outcome.kind === 'undone';
        await this.#calls.park(step, () => this.#halts(step, body), outcome.failure, { onlyAbandon });
      }
    }
  }

  #skipWhatIsLeft(goesOn: boolean): void {
    for (const step of this.steps.all) {
      if (step.definition.fanOut && step.state === 'running' && !goesOn) step.finish('skipped', this.ports.now());
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
