import {
  CancellationScope,
  allHandlersFinished,
  condition,
  defineQuery,
  defineSignal,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { defined } from '../../contracts/defined.js';
import { defineProcess, steps } from '../../workflows/engine/definition.js';
import { service } from '../../workflows/engine/call.js';
import { messageType } from '../../workflows/engine/message.js';
import { text } from '../../workflows/engine/shape.js';
import { ProcessRun } from '../../workflows/engine/run-process.js';
import type { RunOutcome } from '../../workflows/engine/walk.js';
import { TemporalPorts } from '../../workflows/temporal/ports.js';

/** A toy process on the real ports. It shows that the engine behaves on Temporal as it does on the model. */

export interface ToyInput {
  retryBudgetMs: number;
  /** Whether the first step is a pivot, so that a stop undoes nothing and the wait goes on. */
  pivot?: boolean;
}
export interface ToyStep {
  id: string;
  state: string;
  attempts: number;
  /** The code of the step's current trouble. */
  failure?: string;
  startedAt?: number;
  finishedAt?: number;
}
export interface ToyResult {
  outcome: RunOutcome;
  steps: ToyStep[];
}
export type ToyActivity = (input: { key: string }) => Promise<string>;
export interface ToyActivities {
  make: ToyActivity;
  unmake: ToyActivity;
  pack: ToyActivity;
  unpack: ToyActivity;
  send: ToyActivity;
}

export const signDeadlineMs = 14 * 24 * 3_600_000;
const go = messageType('go', text);
export const goSignal = defineSignal<[string]>(go.name);
export const toyQuery = defineQuery<ToyStep[]>('toy');

const toy = service<ToyActivities>('toy');
const { step } = steps<ToyInput>();

const make = step('make', {
  expectedMs: 1,
  run: ({ call }) => call(toy.make({})),
  undo: async ({ call }) => void (await call(toy.unmake({}))),
});
const pack = step('pack', {
  expectedMs: 1,
  after: [make],
  run: ({ call }) => call(toy.pack({})),
  undo: async ({ call }) => void (await call(toy.unpack({}))),
});
const sign = step('sign', {
  expectedMs: 1,
  after: [make],
  run: async ({ wait, deadline }) => {
    const due = deadline(signDeadlineMs, 'sign: signs itself then');
    return (await wait(go, { due })) ?? 'by itself';
  },
});
const send = step('send', {
  expectedMs: 1,
  after: [pack, sign],
  queued: true,
  run: ({ call, results }) => call(toy.send({}, results.sign)),
});

export async function toyProcess(input: ToyInput): Promise<ToyResult> {
  const ports = new TemporalPorts({ taskQueue: (name) => `service-${name}`, retryBudgetMs: input.retryBudgetMs });
  const { undo: _, ...makeForGood } = make;
  const first = input.pivot ? { ...makeForGood, pivot: true } : make;
  const definition = defineProcess<ToyInput>('toy', 1, [first, pack, sign, send]);
  const run = new ProcessRun(definition, input, ports, { key: workflowInfo().workflowId, onChange: () => {} });
  const view = (): ToyStep[] =>
    run.steps.all.map(({ id, state, attempts, failure, startedAt, finishedAt }) => ({
      id,
      state,
      attempts,
      ...defined({ failure: failure?.code, startedAt, finishedAt }),
    }));
  setHandler(goSignal, (id) => void run.deliver(go, { id, content: id }));
  setHandler(toyQuery, view);
  CancellationScope.current().cancelRequested.catch(() =>
    run.stop({ code: 'cancelled', message: 'Cancelled from outside.', step: 'toy' }),
  );
  // No shield here: the ports keep a cancelled run able to undo.
  const outcome = await run.run();
  await run.optionalStepsEnded();
  return { outcome, steps: view() };
}

/** Waits on a condition with a timeout, in a shield inside a cancelled run. It must wait the full time and return false. */
export async function timerInShield(ms: number): Promise<boolean> {
  try {
    await CancellationScope.current().cancelRequested;
  } catch {
    const came = await CancellationScope.nonCancellable(() => condition(() => false, ms));
    await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
    return came;
  }
  throw new Error('The run was not cancelled.');
}
