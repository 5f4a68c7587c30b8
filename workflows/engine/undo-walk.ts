import type { Call } from './call.js';
import type { UndoContext } from './step-context.js';
import type { StepRun } from './step-run.js';
import type { Walk } from './walk.js';

/** Undoes what was begun, in reverse dependency order, and learns where that comes too late. */
export class UndoWalk {
  private readonly undoing = new Set<StepRun>();

  constructor(private readonly walk: Walk) {}

  /**
   * Undoes each step once everything begun that depends on it is undone; independent steps at the same time. What has to stay done (see
   * StepRuns.kept) is determined anew before each undo, as an undo may find that its branch is already past its pivot.
   *
   * @param unseen steps that a lost workflow task may have begun. Their undos have the same keys as if this run had begun them.
   */
  async run(unseen: readonly StepRun[]): Promise<void> {
    const { changes } = this.walk;
    for (const step of unseen) {
      if (step.definition.fanOut) await this.findBranches(step);
      else step.assumeBegun();
    }
    this.startReady();
    changes.notify();
    await changes.until(() => this.undoing.size === 0);
  }

  /** Takes back what a step may have done that an operator has abandoned past its pivot. Answers the step's result if that comes too late. */
  async giveUp(step: StepRun): Promise<unknown> {
    const { walk } = this;
    step.beginUndo();
    walk.changes.notify();
    return await step.definition.giveUp!({
      ...this.context(step, true),
      addBranch: (id, item) => walk.addBranchBeside(step, id, item),
      makes: (change) => walk.ports.makes(change),
    });
  }

  /** Adds the branches that a lost workflow task may have begun. */
  private async findBranches(group: StepRun): Promise<void> {
    const { changes, facts, steps } = this.walk;
    const { over, find } = group.definition.fanOut!;
    group.beginUndo();
    changes.notify();
    const branches = find ? await find(this.context(group, false)) : over(facts, steps.resultsFor(group));
    group.searched();
    steps.addBranches(group, branches);
    for (const step of steps.membersOf(group.id)) if (step.definition.undo) step.assumeBegun();
  }

  private startReady(): void {
    const { changes, steps } = this.walk;
    const open = this.toUndo();
    const behind = new Set<StepRun>();
    for (const step of open) steps.before(step, behind);
    for (const step of open) {
      if (this.undoing.has(step) || behind.has(step)) continue;
      this.undoing.add(step);
      void this.undo(step)
        .then(() => {
          this.undoing.delete(step);
          this.startReady();
        })
        // A bug ends the undo; the rest is undone when the code is fixed.
        .catch((error: unknown) => changes.reportBug(error))
        .then(() => changes.notify());
    }
  }

  /**
   * A branch that was undone before another one turned out to be past its pivot relied on the undo of the steps before the fan-out. Those
   * stay done now, so the branch is undone once more, for itself. Its calls have the same keys, so they are answered as before.
   */
  private toUndo(): StepRun[] {
    const { steps } = this.walk;
    const kept = steps.kept();
    return steps.all.filter(
      (s) =>
        s.isBegun &&
        s.definition.undo !== undefined &&
        !kept.has(s) &&
        (!s.isUndone || (steps.isAnyPivotPassed && s.branch !== undefined && !s.isUndoneForItsBranch)),
    );
  }

  private async undo(step: StepRun): Promise<void> {
    const onlyThisBranch = this.walk.steps.isAnyPivotPassed;
    step.beginUndo();
    this.walk.changes.notify();
    const answer = await step.definition.undo!(this.context(step, onlyThisBranch));
    if (answer !== 'gone') step.endUndo(onlyThisBranch);
    else {
      step.keep();
      this.passPivot(step);
    }
  }

  private passPivot(step: StepRun): void {
    const pivots = this.walk.steps.pivotsOf(step);
    if (pivots.length === 0) {
      throw new Error(`The undo of "${step.id}" answered "gone", but there is no pivot that it could have passed.`);
    }
    for (const pivot of pivots) pivot.pass(this.walk.ports.now());
  }

  private context(step: StepRun, onlyThisBranch: boolean): UndoContext<unknown, unknown> {
    const { facts, mailbox, ports } = this.walk;
    return {
      facts,
      item: step.item,
      mailbox,
      now: () => ports.now(),
      onlyThisBranch,
      call: <Answer>(call: Call<Answer>) => this.call(step, call, () => false) as Promise<Answer>,
      callUnless: <Answer>(isOvertaken: () => boolean, call: Call<Answer>) =>
        this.call(step, call, isOvertaken) as Promise<Answer | undefined>,
    };
  }

  /** Retries without end, unless it is overtaken. A call that keeps failing shows, and is retried still. */
  private async call(step: StepRun, call: Call<unknown>, isOvertaken: () => boolean): Promise<unknown> {
    const { calls, changes } = this.walk;
    const overdue = () => {
      step.undoOverdue(call);
      changes.notify();
    };
    while (!isOvertaken()) {
      const { outcome, key } = await calls.make(step, call, { overdue, isOvertaken });
      step.undoCallEnded(call);
      if (outcome.kind === 'answer') return outcome.answer;
      if (outcome.kind === 'cut') continue;
      // The same rejection would come again at once. It waits for an operator, who has the service repaired first.
      const parking = step.park(outcome.failure);
      changes.notify();
      await changes.until(() => parking.resolution !== undefined || isOvertaken());
      step.unpark(parking);
      if (outcome.kind === 'rejected') step.calls.askAgain(key);
    }
    return undefined;
  }
}
