import { settled } from './settled.js';

/**
 * The answers of local activities, one at a time: what an answer sets off has come to rest before the next one is given on.
 *
 * While a run is live each answer comes in an activation of its own. A replay brings all answers of one workflow task in a single activation,
 * in the same order; without turns what they set off would then run interleaved, and schedule timers and activities in another
 * order than the history has.
 */
export class Turns {
  #last = 0;
  #served = 0;
  /** Something that an earlier answer set off has yet to happen: it comes before the next answer. */
  due: () => boolean = () => false;

  /** Settles as the local activity's promise does; to be put around it directly, so that all of them take the same way here. */
  async inTurn<Answer>(local: Promise<Answer>): Promise<Answer> {
    try {
      return await local;
    } finally {
      const turn = this.#last;
      this.#last += 1;
      await settled(() => this.#served === turn && !this.due());
      this.#served += 1;
    }
  }
}
