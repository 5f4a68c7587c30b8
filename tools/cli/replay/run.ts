import { Worker, type InjectedSinks, type ReplayResult, type WorkflowBundleOption } from '@temporalio/worker';
import type { WorkflowInfo } from '@temporalio/workflow';
import { defined } from '../../../contracts/defined.js';
import { CannotRun } from '../command.js';
import { compareEnding, explain, type Difference, type Observed } from './explain.js';
import { hasBegun, type RecordedHistory } from './history.js';
import type { ObserverSinks } from './observer.js';

export interface Replayed {
  history: RecordedHistory;
  /** Why the code could not be compared. */
  skipped?: string;
  /** Unset: the code does what was recorded. */
  difference?: Difference;
}

/** The longest history takes seconds. For a damaged history, the SDK may never answer. */
const answersWithinMs = 60_000;

/**
 * Replays recorded runs against workflow code, one after the other.
 *
 * @param bundle the workflow code, bundled with observer.ts.
 * @throws {CannotRun} when the SDK does not answer for a history. Its native part may then keep this program alive.
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
    const seen: Observed = { commands: [] };
    const options = { workflowBundle: bundle, replayName: 'replay', sinks: sinksInto(seen) };
    // Without the id, the SDK makes one up, and names that contain the run's id do not match.
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

function sinksInto(seen: Observed): InjectedSinks<ObserverSinks> {
  return {
    observer: {
      command: {
        callDuringReplay: true,
        fn: ({ historyLength }: WorkflowInfo, command) => void seen.commands.push({ ...command, historyLength }),
      },
      ended: { callDuringReplay: true, fn: (_info, ending) => void (seen.ending = ending) },
    },
  };
}
