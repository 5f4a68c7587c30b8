import { Worker, type InjectedSinks, type ReplayResult, type WorkflowBundleOption } from '@temporalio/worker';
import type { WorkflowInfo } from '@temporalio/workflow';
import { defined } from '../../../contracts/defined.js';
import { CannotRun } from '../command.js';
import { compareEnding, explain, type Difference, type Testimony } from './explain.js';
import { hasBegun, type RecordedHistory } from './history.js';
import type { WitnessSinks } from './witness.js';

export interface Replayed {
  history: RecordedHistory;
  /** Why there was nothing to compare the code with. */
  skipped?: string;
  /** Unset: the code does what was recorded. */
  difference?: Difference;
}

/** The longest history takes seconds. The SDK can stop without an answer where a history is damaged. */
const answersWithinMs = 60_000;

/**
 * Replays recorded runs against workflow code, one after the other.
 *
 * @param bundle of the workflow code with the interceptors of replay/witness.ts among its own.
 * @throws {CannotRun} when the SDK does not answer for a history. Its native part may then keep the process alive.
 */
export async function* replay(
  histories: Iterable<RecordedHistory>,
  bundle: WorkflowBundleOption,
  withinMs = answersWithinMs,
): AsyncGenerator<Replayed> {
  for (const history of histories) {
    if (!hasBegun(history)) {
      yield { history, skipped: 'no workflow task was completed yet, so there is nothing to compare' };
      continue;
    }
    const seen: Testimony = { asked: [] };
    const options = { workflowBundle: bundle, replayName: 'replay', sinks: sinksInto(seen) };
    // The id has to be given: without it the SDK makes one up, and what is named after the run does not match.
    const run = [{ workflowId: history.workflowId, history: history.proto }];
    const problem = await within(withinMs, history, firstProblem(Worker.runReplayHistories(options, run)));
    const difference = problem === undefined ? compareEnding(history, seen) : explain(history, problem, seen);
    yield { history, ...defined({ difference }) };
  }
}

async function firstProblem(results: AsyncIterable<ReplayResult>): Promise<string | undefined> {
  let problem: string | undefined;
  for await (const { error } of results) problem ??= error?.message;
  return problem;
}

async function within<T>(ms: number, { name }: RecordedHistory, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const reason = `${name}: no answer from the SDK within ${ms / 1000} s; is the history damaged?`;
    timer = setTimeout(() => reject(new CannotRun(reason)), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
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
