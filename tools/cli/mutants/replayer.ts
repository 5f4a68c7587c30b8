import type { WorkflowBundle } from '@temporalio/worker';
import { replayEach } from '../replay/each.js';
import type { RecordedHistory } from '../replay/history.js';
import { isFailed, type Failed } from '../replay/read-ahead.js';
import type { Replayed } from '../replay/run.js';
import type { Trace } from '../replay/trace.js';

/** The SDK's native part may give no answer for what a code does. It is given up then. */
const answersWithinMs = 20_000;

/** Replays histories with one code, each when it is asked for. */
export class Replayer {
  #next: RecordedHistory | undefined;
  readonly #outcomes: AsyncGenerator<Replayed | Failed>;

  constructor(bundle: WorkflowBundle) {
    this.#outcomes = replayEach(this.#asked(), bundle, answersWithinMs);
  }

  /** @returns what the code does; undefined where the run has not begun. */
  async trace(history: RecordedHistory): Promise<Trace | undefined> {
    this.#next = history;
    const outcome = (await this.#outcomes.next()).value as Replayed | Failed;
    return isFailed(outcome) ? { commands: [], activations: [], error: outcome.reason } : outcome.trace;
  }

  async close(): Promise<void> {
    await this.#outcomes.return(undefined);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the reader takes histories that come later.
  async *#asked(): AsyncGenerator<RecordedHistory> {
    for (let history = this.#next; history; history = this.#next) {
      this.#next = undefined;
      yield history;
    }
  }
}
