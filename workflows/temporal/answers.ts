import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import { conditionLater } from './condition-later.js';

/**
 * Hands on the answers of local activities one at a time: everything that one answer sets off has come to rest before the next is handed
 * on.
 *
 * While a run is live, each answer comes in an activation of its own. A replay brings all answers of one workflow task in a single
 * activation, in the same order, perhaps with the news that began the task. Without this class, what they set off would be interleaved
 * differently in a replay, and would schedule timers and activities in another order than the history has.
 *
 * An answer is handed on at once where it is certain that it came alone. News comes with the first activation of a workflow task, so an
 * answer is not alone until the run has come to rest in this task once. The other answers wait for the moment of rest. That costs a
 * condition, and so another call into the VM.
 */
export class Answers {
  /** One for all calls: a cancelled run still has to undo. */
  private readonly shield = new CancellationScope({ cancellable: false });
  private readonly waiting: (() => void)[] = [];
  /** An answer has come, and the run has not come to rest since. */
  private isMoving = false;
  /** The length of the history in the workflow task in which the run last came to rest. */
  private restedAt = 0;
  /** True while something that an earlier answer set off has still to happen: it comes before the next answer. */
  isHeldBack: () => boolean = () => false;

  constructor() {
    void this.shield.run(() => this.handOnWaiting());
  }

  /**
   * Settles as the local activity does, which no Cancel of the run reaches.
   *
   * @param call calls the local activity, and does nothing else: every answer takes the same way.
   * @param handedOn is called right before it settles.
   */
  inOrder<Answer>(call: () => Promise<Answer>, handedOn: () => void = () => {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const handOn = (settle: () => void) =>
        this.arrive(() => {
          handedOn();
          settle();
        });
      this.shield.run(call).then(
        (answer) => handOn(() => resolve(answer)),
        (error: Error) => handOn(() => reject(error)),
      );
    });
  }

  private arrive(handOn: () => void): void {
    const isAlone = !this.isMoving && this.restedAt === workflowInfo().historyLength;
    this.isMoving = true;
    if (isAlone) handOn();
    else this.waiting.push(handOn);
  }

  private async handOnWaiting(): Promise<never> {
    for (;;) {
      await conditionLater(() => this.isNextDue());
      this.waiting.shift()!();
    }
  }

  /**
   * Temporal evaluates this whenever nothing is left to run, and also after each message. Only an answer sets `isMoving`, and what follows
   * is evaluated within the same activation, so it has come to rest here.
   */
  private isNextDue(): boolean {
    if (!this.isMoving || this.isHeldBack()) return false;
    if (this.waiting.length > 0) return true;
    this.isMoving = false;
    this.restedAt = workflowInfo().historyLength;
    return false;
  }
}
