import { Worker, type InjectedSinks, type WorkflowBundleOption } from '@temporalio/worker';
import type { WorkflowInfo } from '@temporalio/workflow';
import { defined } from '../../../contracts/defined.js';
import { within } from '../../within.js';
import { CannotRun } from '../command.js';
import type { Difference } from './difference.js';
import { compareWithHistory } from './compare-history.js';
import { hasBegun, type RecordedHistory } from './history.js';
import type { ObserverSinks } from './observer.js';
import { TraceRecorder } from './trace-recorder.js';
import type { Trace } from './trace.js';

export interface Replayed {
  history: RecordedHistory;
  /** Why the code could not be compared. */
  skipped?: string;
  /** What the code did. Unset if the history was skipped. */
  trace?: Trace;
  /** Unset: the code does what was recorded. */
  difference?: Difference;
}

/** The longest history takes seconds. For a damaged history, the SDK may never answer. */
const answersWithinMs = 60_000;

/**
 * Replays recorded runs against workflow code, one after the other, on one worker. A worker for each would keep memory that the SDK does
 * not free: the source map of its bundle.
 *
 * @param histories read one at a time, each when the one before is replayed.
 * @param bundle the workflow code, bundled with observer.ts.
 * @throws {CannotRun} when the SDK does not answer for a history. Its native part may then keep this program alive.
 */
export async function* replay(
  histories: Iterable<RecordedHistory> | AsyncIterable<RecordedHistory>,
  bundle: WorkflowBundleOption,
  withinMs = answersWithinMs,
): AsyncGenerator<Replayed> {
  let current: RecordedHistory | undefined;
  let recorder = new TraceRecorder();
  const options = { workflowBundle: bundle, replayName: 'replay', sinks: sinksInto(() => recorder) };
  const results = Worker.runReplayHistories(
    options,
    (function* () {
      // The SDK asks for the next history only when it is asked for the next result. Without the id, it makes one up, and names that
      // contain the run's id do not match.
      while (current) yield { workflowId: current.workflowId, history: current.proto };
    })(),
  );
  let isAnswering = false;
  try {
    for await (const history of histories) {
      if (!hasBegun(history)) {
        yield { history, skipped: 'no workflow task was completed yet, so there is nothing to compare' };
        continue;
      }
      [current, recorder, isAnswering] = [history, new TraceRecorder(), true];
      const result = await within(withinMs, results.next(), () => noAnswer(history, withinMs));
      isAnswering = false;
      if (result.done) throw new Error(`${history.name}: the SDK stopped replaying`);
      const { trace } = recorder;
      const problem = result.value.error?.message;
      if (problem !== undefined) trace.error = problem;
      const difference = compareWithHistory(history, trace);
      yield { history, trace, ...defined({ difference }) };
    }
  } finally {
    // A worker that does not answer does not stop either.
    if (!isAnswering) await results.return?.();
  }
}

const noAnswer = ({ name }: RecordedHistory, ms: number): CannotRun =>
  new CannotRun(`${name}: no answer from the SDK within ${ms / 1000} s; is the history damaged?`);

/** @param recorder returns that of the run that is replayed now. */
function sinksInto(recorder: () => TraceRecorder): InjectedSinks<ObserverSinks> {
  return {
    observer: {
      news: {
        callDuringReplay: true,
        fn: ({ historyLength }: WorkflowInfo, news) => recorder().news(news, historyLength),
      },
      commands: {
        callDuringReplay: true,
        fn: ({ historyLength }: WorkflowInfo, commands) => recorder().commands(commands, historyLength),
      },
    },
  };
}
