import type { Changes } from './changes.js';
import type { Call, ReadMailbox, UndoContext } from './definition.js';
import { unpark } from './step-calls.js';
import type { StepCalls } from './step-calls.js';
import type { StepRun, StepRuns } from './step-run.js';

/** The way back: undoes what was begun, in reverse dependency order, and learns where it comes too late. */
export class UndoWalk {
  readonly #undoing = new Set<StepRun>();

  constructor(
    private readonly steps: StepRuns,
    private readonly facts: unknown,
    private readonly mailbox: ReadMailbox,
    private readonly now: () => number,
    private readonly calls: StepCalls,
    private readonly changes: Changes,
  ) {}

  /**
   * A step once everything begun that depends on it is undone, independent ones at the same time. What must stay (see StepRuns.kept)
   * is asked anew before each undo, as an undo may find that its part is already out.
   */
  async run(): Promise<void> {
    this.#launch();
    this.changes.changed();
    await this.changes.until(() => this.#undoing.size === 0);
  }

  #launch(): void {
    const open = this.#toUndo();
    const behind = new Set<StepRun>();
    for (const step of open) this.steps.before(step, behind);
    for (const step of open) {
      if (this.#undoing.has(step) || behind.has(step)) continue;
      this.#undoing.add(step);
      void this.#undo(step)
        .then(() => {
          this.#undoing.delete(step);
          this.#launch();
        })
        // A bug ends the walk: what it left undone is undone when the code is mended.
        .catch((error: unknown) => this.changes.broken(error))
        .then(() => this.changes.changed());
    }
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
    this.changes.changed();
    const answer = await step.definition.undo!(this.#contextOf(step, partly));
    if (answer === 'gone') {
      step.state = 'done';
      delete step.failure;
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
    if (pivots.length === 0) {
      throw new Error(`The undo of "${step.id}" answered "gone", but there is no pivot that it could have passed.`);
    }
    for (const pivot of pivots) {
      if (pivot.state === 'done') continue;
      pivot.startedAt ??= this.now();
      pivot.finish('done', this.now());
    }
  }

  #contextOf(step: StepRun, partly: boolean): UndoContext<unknown, unknown> {
    return {
      facts: this.facts,
      item: step.item,
      mailbox: this.mailbox,
      now: this.now,
      partly,
      call: <Answer>(call: Call<Answer>) => this.#call(step, call, () => false) as Promise<Answer>,
      callUnless: <Answer>(overtaken: () => boolean, call: Call<Answer>) =>
        this.#call(step, call, overtaken) as Promise<Answer | undefined>,
    };
  }

  /** Without end, unless it is overtaken: an undo that cannot be done shows, and is tried on. */
  async #call(step: StepRun, call: Call<unknown>, overtaken: () => boolean): Promise<unknown> {
    const overdue = () => {
      step.failingUndos.add(call);
      this.changes.changed();
    };
    while (!overtaken()) {
      const { outcome, key } = await this.calls.attempt(step, call, { overdue, overtaken });
      step.failingUndos.delete(call);
      if (outcome.kind === 'answer') return outcome.answer;
      if (outcome.kind === 'cut') continue;
      // What was refused would be refused again at once: it waits for an operator, who has had the service mended.
      step.failure = outcome.failure;
      const parking = (step.parking ??= {});
      this.changes.changed();
      await this.changes.until(() => parking.resolution !== undefined || overtaken());
      if (step.parking === parking) unpark(step);
      if (outcome.kind === 'refused') this.calls.askAnew(step, key);
    }
    return undefined;
  }
}
