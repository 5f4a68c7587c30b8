import { conditionLater } from './condition-later.js';

/**
 * Hands on the answers of local activities one at a time: everything that one answer sets off has come to rest before the next is handed
 * on.
 *
 * While a run is live, each answer comes in an activation of its own. A replay brings all answers of one workflow task in a single
 * activation, in the same order. Without this class, what they set off would be interleaved differently in a replay, and would schedule
 * timers and activities in another order than the history has.
 */
export class Answers {
  private arrived = 0;
  private handedOn = 0;
  /** True while something that an earlier answer set off has still to happen: it comes before the next answer. */
  isHeldBack: () => boolean = () => false;

  /** Settles as the local activity's promise does. Wrap the activity call directly, so that every answer takes the same way. */
  async inOrder<Answer>(local: Promise<Answer>): Promise<Answer> {
    try {
      return await local;
    } finally {
      const place = this.arrived;
      this.arrived += 1;
      await conditionLater(() => this.handedOn === place && !this.isHeldBack());
      this.handedOn += 1;
    }
  }
}
