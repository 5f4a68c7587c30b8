import { Worker, type InjectedSinks, type WorkflowBundleOption } from '@temporalio/worker';
import type { WorkflowInfo } from '@temporalio/workflow';
import { compareEnding, explain, type Difference, type Testimony } from './explain.js';
import type { RecordedHistory } from './history.js';
import type { WitnessSinks } from './witness.js';

export interface Replayed {
  history: RecordedHistory;
  /** Unset: the code does what was recorded. */
  difference?: Difference;
}

/**
 * Replays recorded runs against workflow code, one after the other.
 *
 * @param bundle of the workflow code with the interceptors of replay/witness.ts among its own.
 */
export async function* replay(
  histories: Iterable<RecordedHistory>,
  bundle: WorkflowBundleOption,
): AsyncGenerator<Replayed> {
  for (const history of histories) {
    const seen: Testimony = { asked: [] };
    const options = { workflowBundle: bundle, replayName: 'replay', sinks: sinksInto(seen) };
    // The id has to be given: without it the SDK makes one up, and what is named after the run does not match.
    const run = [{ workflowId: history.workflowId, history: history.proto as never }];
    for await (const { error } of Worker.runReplayHistories(options, run)) {
      const difference = error ? explain(history, error.message, seen) : compareEnding(history, seen);
      yield { history, ...(difference ? { difference } : {}) };
    }
  }
}

function sinksInto(seen: Testimony): InjectedSinks<WitnessSinks> {
  return {
    witness: {
      asked: {
        callDuringReplay: true,
        fn: ({ historyLength }: WorkflowInfo, what) => void seen.asked.push({ ...what, historyLength }),
      },
      ended: { callDuringReplay: true, fn: (_info, how) => void (seen.ending = how) },
    },
  };
}
