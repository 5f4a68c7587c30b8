import { conditionLater } from './condition-later.js';
import type { TemporalPorts } from './ports.js';
import { isRefused } from './refusals.js';

/** How long a command waits at most for the call of the command before it. On servers with default settings a timer takes up to 2 s. */
const patienceMs = 1000;

/**
 * Takes commands one after the other, in the order in which they came, each when the run is at rest.
 *
 * A chain of short calls that a crash cut off is made again, with the same keys. But a command that came in between would now be there
 * before it: taken at once, it could end the process without undoing calls that this history knows nothing of. So a command is taken
 * when the chain has come to rest, and everything that was done is known.
 *
 * The first call that a command sets off does not keep the workflow task open (see CommandBarrier), so the next command can come while
 * the run is between two states. If it does not fit then, it waits for that call.
 */
export class CommandTurns {
  private readonly waiting = new Set<object>();

  /** @param hasBegun false until the walks of the run have begun. */
  constructor(
    private readonly ports: TemporalPorts,
    private readonly hasBegun: () => boolean,
  ) {}

  /** A command that does not fit now may fit when its turn comes. */
  get areAhead(): boolean {
    return this.waiting.size > 0 || this.ports.barrier.isAwaited;
  }

  /**
   * Waits for its turn, and calls `take`. What that sets off comes to rest before the next turn.
   *
   * @param check throws while the command does not fit.
   */
  async next(check: () => void, take: () => void): Promise<void> {
    const turn = {};
    this.waiting.add(turn);
    try {
      await conditionLater(() => this.isFirst(turn) && this.isAtRest);
      if (this.ports.barrier.isAwaited && isRefused(check)) await this.untilAnswered();
      take();
    } finally {
      this.waiting.delete(turn);
    }
  }

  private isFirst(turn: object): boolean {
    return this.waiting.values().next().value === turn;
  }

  private get isAtRest(): boolean {
    return this.hasBegun() && !this.ports.isBusy;
  }

  private async untilAnswered(): Promise<void> {
    const { barrier } = this.ports;
    const timer = this.ports.timer(patienceMs, 'a command waits for the call of the one before');
    void timer.fired.then(() => barrier.giveUp());
    await conditionLater(() => this.isAtRest && !barrier.isAwaited);
    timer.cancel();
  }
}
