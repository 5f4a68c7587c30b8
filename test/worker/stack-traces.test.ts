import { randomUUID } from 'node:crypto';
import { promiseHooks } from 'node:v8';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { workflowBundle } from '../../src/worker/bundle.js';
import { recordStackTraces } from '../../src/worker/stack-traces.js';
import type { StackTraces } from '../../src/worker/stack-traces.js';
import { readHistory } from '../../tools/cli/replay/history.js';
import { orderWorkflowId, orderWorkflowType } from '../../workflows/order/messages.js';
import { ordersTaskQueue } from '../../workflows/temporal/protocol.js';
import { timeSkippingEnvironment } from '../support/time-skipping.js';
import { FakeWorld } from '../workflows/fake-world.js';
import { inputOf } from '../workflows/test-orders.js';
import { startWorkers } from '../workflows/workers.js';

const world = new FakeWorld();
let env: TestWorkflowEnvironment;
let bundle: { code: string };
beforeAll(async () => {
  [env, bundle] = await Promise.all([timeSkippingEnvironment(), workflowBundle()]);
});
afterAll(() => env.teardown());

/** What the run of an order answers about its stack while it waits for the carrier. */
async function stackTraceOf(setting: StackTraces): Promise<string> {
  recordStackTraces(setting);
  const stop = await startWorkers(env.nativeConnection, bundle, world.activities);
  try {
    const id = `ord_${randomUUID().slice(0, 8)}`;
    const run = await env.client.workflow.start(orderWorkflowType, {
      workflowId: orderWorkflowId(id),
      taskQueue: ordersTaskQueue,
      args: [inputOf(id, await env.currentTimeMs())],
      memo: { fingerprint: 'f' },
    });
    const services = world.of(id);
    await services.until(
      () => services.view?.steps.some((s) => s.id.startsWith('awaitDispatch') && s.state === 'waiting') === true,
      () => JSON.stringify(services.calls),
    );
    return await run.query<string>('__stack_trace').catch((error: Error) => String(error.cause));
  } finally {
    await stop();
  }
}

const waiting = String.raw`waitUntil [^\n]*/order/process\.ts[^\n]*`;
const frames = (count: number) => String.raw`(\n +at [^\n]+){${count}}`;

it.each<[StackTraces, string, RegExp]>([
  ['full', 'where a step waits, and what started it', new RegExp(waiting + frames(4))],
  ['short', 'where a step waits', new RegExp(`${waiting}${frames(2)}(\\n\\n|$)`)],
  ['off', 'that nothing is recorded', /Workflow stack traces are not enabled on this worker/],
])('with %s, the query __stack_trace answers %s', { timeout: 60_000 }, async (setting, _what, answer) => {
  expect(await stackTraceOf(setting)).toMatch(answer);
});

it('with off, a replay records nothing either', async () => {
  const createHook = vi.spyOn(promiseHooks, 'createHook');
  recordStackTraces('off');
  const history = await readHistory('test/replay/histories/v1/failed-fraud.json');
  const run = { workflowId: history.workflowId, history: history.proto };
  for await (const { error } of Worker.runReplayHistories({ workflowBundle: bundle }, [run])) {
    expect(error).toBeUndefined();
  }
  expect(createHook).not.toHaveBeenCalled();
});
