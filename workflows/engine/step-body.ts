import type { Failure } from '../../contracts/failures.js';
import { BodyEnded, FailProcess, Rejection, failsProcess } from './body-end.js';
import type { Call } from './call.js';
import type { Timer } from './ports.js';
import type { Resolution, StepContext } from './step-context.js';
import { endStep } from './step-end.js';
import type { StepRun } from './step-run.js';
import { waitsOn } from './waits.js';
import type { Deadline, Ready, WaitOptions } from './waits.js';
import { UndoWalk } from './undo-walk.js';
import type { Walk } from './walk.js';

/** A rejection, with the key of the call that was rejected. */
class RejectedCall extends Rejection {
  constructor(
    failure: Failure,
    readonly key: string,
  ) {
    super(failure.code, failure.message);
  }
}

/** One execution of a body. An operator's retry past a pivot starts another one. */
interface Round {
  /** Calls and waits that have not ended. */
  open: Set<Promise<unknown>>;
  /** The body has ended: whatever it left open ends too, and nothing more of it begins. */
  isOver: boolean;
}

/** Runs the body of one step, and parks the step where an operator has to decide. */
export class StepBody {
  private readonly timers: Timer[] = [];

  constructor(
    private readonly step: StepRun,
    private readonly walk: Walk,
  ) {}

  /** Resolves when the body has ended, and the step and the process show how. */
  async run(): Promise<void> {
    const { step, walk } = this;
    let end: (() => void) | undefined;
    while (!end) {
      const round: Round = { open: new Set(), isOver: false };
      try {
        const result: unknown = await step.definition.run(this.context(round) as never);
        round.isOver = true;
        if (round.open.size > 0) await this.close(round);
        end = () => step.finish(result, walk.ports.now());
      } catch (error) {
        end = await this.endAfter(error, round);
      }
    }
    for (const timer of this.timers) timer.cancel();
    end();
    walk.goOn();
  }

  /**
   * Past a pivot nothing is undone automatically, so a rejection there waits for an operator, who may have the body run again.
   *
   * @returns how the step ends; undefined where the body is to run again
   */
  private async endAfter(error: unknown, round: Round): Promise<(() => void) | undefined> {
    const { step, walk } = this;
    round.isOver = true;
    const parks = failsProcess(error) && !step.isOptional && walk.steps.isAnyPivotPassed && !walk.isStopped(step);
    if (round.open.size > 0) {
      if (failsProcess(error) && !parks) walk.fail(step, error);
      await this.close(round);
    }
    if (!parks) {
      const result = this.isGivenUp(error) ? await new UndoWalk(walk).giveUp(step) : undefined;
      if (result !== undefined) return () => step.finish(result, walk.ports.now());
      return () => endStep(walk, step, error);
    }
    try {
      await this.park({ code: error.code, message: error.message }, () => walk.isStopped(step));
    } catch (ending) {
      return () => endStep(walk, step, ending);
    }
    if (error instanceof RejectedCall) step.calls.askAgain(error.key);
    return undefined;
  }

  private isGivenUp(error: unknown): boolean {
    const { step, walk } = this;
    const isAbandoned = error instanceof BodyEnded && error.reason === 'abandon' && !walk.isStopped(step);
    return isAbandoned && step.definition.giveUp !== undefined && walk.ports.takesBack();
  }

  /** Waits for what is still in flight: nothing is undone, or asked again, beside it. */
  private async close(round: Round): Promise<void> {
    this.step.calls.drop();
    this.walk.changes.notify();
    await Promise.allSettled(round.open);
  }

  private isOver(round: Round): boolean {
    return round.isOver || this.walk.isStopped(this.step);
  }

  private context(round: Round): StepContext<unknown, unknown, unknown> {
    const { step, walk } = this;
    const opened = <Value>(promise: Promise<Value>): Promise<Value> => {
      round.open.add(promise);
      const close = () => void round.open.delete(promise);
      promise.then(close, close);
      return promise;
    };
    const waits = waitsOn(
      walk.mailbox,
      (ready, options) => opened(this.wait(round, ready, options)),
      (ms, summary) => this.deadline(ms, summary),
    );
    return {
      ...waits,
      facts: walk.facts,
      results: walk.steps.resultsFor(step),
      item: step.item,
      mailbox: walk.mailbox,
      failure: walk.failure,
      now: () => walk.ports.now(),
      call: <Answer>(call: Call<Answer>) => opened(this.call(round, call) as Promise<Answer>),
      addBranch: (id, item) => walk.addBranchBeside(step, id, item),
      makes: (change) => walk.ports.makes(change),
    };
  }

  private deadline(ms: number, summary: string): Deadline {
    const timer = this.walk.ports.timer(ms, summary);
    const deadline = { passed: false };
    this.timers.push(timer);
    void timer.fired.then(() => {
      deadline.passed = true;
      this.walk.changes.notify();
    });
    return deadline;
  }

  private async wait<Value>(
    round: Round,
    ready: Ready<Value>,
    { due, late }: WaitOptions = {},
  ): Promise<Value | undefined> {
    const { step, walk } = this;
    if (this.isOver(round)) throw new BodyEnded('stopped');
    let answer = undefined as { value: Value } | undefined;
    const isReady = () => (answer = ready()) !== undefined;
    if (isReady()) return answer!.value;
    step.beginWait();
    walk.changes.notify();
    await walk.changes.until(() => {
      if (!this.isOver(round) && step.decision === undefined && !isReady() && due?.passed !== true) return false;
      step.endWait();
      return true;
    });
    if (answer) return answer.value;
    if (this.isOver(round)) throw new BodyEnded('stopped');
    if (step.decision) throw new BodyEnded(step.decision);
    if (late === undefined) return undefined;
    throw new FailProcess(late, `Nothing came at ${step.id} before its deadline.`);
  }

  private async call(round: Round, call: Call<unknown>): Promise<unknown> {
    const { step, walk } = this;
    for (;;) {
      if (this.isOver(round)) throw new BodyEnded('stopped');
      const { outcome, resolution, key, isUnsure } = await walk.calls.make(step, call);
      if (outcome.kind === 'answer') return outcome.answer;
      // An operator who skipped or abandoned the call was told so: a rejection of its last attempt does not change that.
      const isDropped = resolution === 'skip' || resolution === 'abandon';
      if (outcome.kind === 'rejected' && !isDropped) throw new RejectedCall(outcome.failure, key);
      if (this.isOver(round)) throw new BodyEnded('stopped');
      // A retry makes no difference to what another run has undone.
      if (resolution !== undefined && (isDropped || outcome.kind !== 'undone')) follow(resolution);
      else if (outcome.kind !== 'rejected' && outcome.kind !== 'cut') {
        // After 'undoneBefore' the stop comes again, and ends this. Nobody has to decide, unless it does not.
        if (step.isOptional) throw new Rejection(outcome.failure.code, outcome.failure.message);
        const why = whyParked[outcome.kind];
        await this.park(outcome.failure, () => this.isOver(round), isUnsure ? { ...why, isUnsure } : why);
      }
    }
  }

  /** Resolves when an operator retries; throws when the step is not to go on. */
  private async park(failure: Failure, isOver: () => boolean, why: WhyParked = {}): Promise<void> {
    const { step, walk } = this;
    if (isOver()) throw new BodyEnded('stopped');
    const parking = step.park(failure, why);
    walk.changes.notify();
    await walk.changes.until(() => parking.resolution !== undefined || isOver());
    if (isOver()) {
      step.unpark(parking);
      throw new BodyEnded('stopped');
    }
    follow(parking.resolution!);
  }
}

type WhyParked = Parameters<StepRun['park']>[1];

const whyParked = {
  spent: { isUnanswered: true },
  unexpected: { isUnanswered: true },
  undone: { onlyAbandon: true },
  undoneBefore: {},
} as const;

/** A retry just goes on. */
function follow(resolution: Resolution): void {
  if (resolution !== 'retry') throw new BodyEnded(resolution);
}
