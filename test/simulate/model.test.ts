import { beforeAll, describe, expect, it } from 'vitest';
import { replayBundle } from '../../tools/cli/replay/bundle.js';
import { compareWithHistory } from '../../tools/cli/replay/compare-history.js';
import { filesOf } from '../../tools/cli/replay/files.js';
import { readHistory, valueOf, type Payload, type RecordedHistory } from '../../tools/cli/replay/history.js';
import type { RawCommand } from '../../tools/cli/replay/observer.js';
import { replay } from '../../tools/cli/replay/run.js';
import { TraceRecorder } from '../../tools/cli/replay/trace-recorder.js';
import type { Trace } from '../../tools/cli/replay/trace.js';
import { compileCode } from '../../tools/simulate/runtime/compile.js';
import { loadCode } from '../../tools/simulate/runtime/load.js';
import { replayed } from '../../tools/simulate/runtime/replayed.js';
import { WorkflowCode, type Job } from '../../tools/simulate/runtime/run-code.js';
import { Numbers, recordsOf } from './history-records.js';

// The simulation stands for Temporal only as far as its model of a worker does what the real one does. Here the model replays every recorded
// history, and some are replayed by the SDK's native part too: both must bring the code the same news in the same order.

let code: WorkflowCode;
beforeAll(async () => {
  // The values are as in a history, so that the commands can be compared with it.
  code = new WorkflowCode(loadCode(await compileCode()), null);
});

/** What the code does when the model replays the history. */
function traceOf(history: RecordedHistory): Trace {
  const start = history.events[0]!.workflowExecutionStartedEventAttributes as {
    workflowType: { name: string };
    originalExecutionRunId: string;
    memo?: { fields?: Record<string, Payload> };
  };
  const identity = {
    workflowId: history.workflowId,
    runId: start.originalExecutionRunId,
    type: start.workflowType.name,
    memo: Object.fromEntries(Object.entries(start.memo?.fields ?? {}).map(([name, value]) => [name, valueOf(value)])),
    startedAt: Number(history.proto.events![0]!.eventTime!.seconds) * 1000,
  };
  const recorder = new TraceRecorder();
  const numbers = new Numbers();
  replayed(code, identity, recordsOf(history, numbers), (jobs, task, commands) => {
    numbers.note(commands);
    recorder.news(newsOf(jobs), task);
    recorder.commands(commands as unknown as RawCommand[], task);
  });
  return recorder.trace;
}

function newsOf(jobs: readonly Job[]): Parameters<TraceRecorder['news']>[0] {
  const news: Parameters<TraceRecorder['news']>[0] = { local: [], other: [], updates: {} };
  for (const job of jobs) {
    if (job.variant === 'resolveActivity') {
      const { seq, isLocal } = job.resolveActivity as { seq: number; isLocal?: boolean };
      if (isLocal) news.local.push(seq);
      else news.other.push('the answer of an activity');
    } else if (job.variant === 'doUpdate') {
      const { name, id } = job.doUpdate as { name: string; id: string };
      news.other.push(`the Update ${name}`);
      news.updates[id] = name;
    } else if (job.variant === 'signalWorkflow') {
      news.other.push(`the Signal ${(job.signalWorkflow as { signalName: string }).signalName}`);
    } else if (job.variant === 'fireTimer') news.other.push('a timer');
    else if (job.variant === 'initializeWorkflow') news.other.push('its start');
  }
  return news;
}

const histories = await Promise.all((await filesOf(['test/replay/histories'])).map((file) => readHistory(file, file)));

describe('the model of a worker', () => {
  it.each(histories)('replays $name', (history) => {
    const difference = compareWithHistory(history, traceOf(history));
    // No simulated life has a Reset. After one, the history shows views of two runs.
    if (history.name.includes('reset') && difference?.kind === 'view only') return;
    expect(difference).toBeUndefined();
  });

  it('brings the code the same news in the same order as the SDK', { timeout: 1_200_000 }, async () => {
    const every = 7;
    const some = histories.filter((_, i) => i % every === 0);
    const ours = new Map(some.map((history) => [history.name, traceOf(history).activations]));
    let compared = 0;
    for await (const { history, trace } of replay(some, await replayBundle())) {
      expect(ours.get(history.name), history.name).toEqual(trace?.activations);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(40);
  });
});
