import { randomUUID } from 'node:crypto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { workflowBundle } from '../../src/worker/bundle.js';
import { bulkWorkflowType, goOn, type BulkInput } from '../../workflows/bulk/messages.js';
import { serviceTaskQueue } from '../../workflows/temporal/protocol.js';
import { timeSkippingEnvironment } from '../support/time-skipping.js';
import { Gate, fault } from './misbehaviour.js';

Runtime.install({ logger: new DefaultLogger('ERROR') });

let env: TestWorkflowEnvironment;
let bundle: { code: string };
let stop: () => Promise<unknown>;
/** What each page answers: whether there may be more. Without an answer here, there is not. */
let pages: (() => boolean | Promise<boolean>)[] = [];
let asked: string[] = [];

beforeAll(async () => {
  [env, bundle] = await Promise.all([timeSkippingEnvironment(), workflowBundle()]);
  const sendBulkPage = async ({ bulkId }: { bulkId: string }) => {
    asked.push(bulkId);
    return (await pages.shift()?.()) ?? false;
  };
  const workers = await Promise.all([
    Worker.create({ connection: env.nativeConnection, taskQueue: 'bulk', workflowBundle: bundle }),
    Worker.create({
      connection: env.nativeConnection,
      taskQueue: serviceTaskQueue('orders'),
      activities: { 'orders.sendBulkPage': sendBulkPage },
    }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  stop = () => {
    for (const worker of workers) worker.shutdown();
    return running;
  };
});
afterAll(async () => {
  await stop?.();
  await env?.teardown();
});
beforeEach(() => {
  pages = [];
  asked = [];
});

const more = () => true;

async function start(pagesARun = 100) {
  const input: BulkInput = { bulkId: 'bulk_1', pagesARun };
  return env.client.workflow.start(bulkWorkflowType, { taskQueue: 'bulk', workflowId: randomUUID(), args: [input] });
}

async function replay(workflowId: string, runId: string): Promise<string[]> {
  const history = await env.client.workflow.getHandle(workflowId, runId).fetchHistory();
  await Worker.runReplayHistory({ workflowBundle: bundle }, history, workflowId);
  return history.events!.map(({ eventType }) => String(eventType));
}

it('sends page after page until none is left, and again what failed', async () => {
  pages = [more, () => Promise.reject(fault()), more];
  const run = await start();
  await run.result();
  expect(asked).toEqual(Array(4).fill('bulk_1'));
  await replay(run.workflowId, run.firstExecutionRunId);
});

it('asks once more after a Signal that comes with the last page', async () => {
  const gate = new Gate();
  pages = [more, () => gate.behave(undefined, () => Promise.resolve(false)), more];
  const run = await start();
  await expect.poll(() => gate.reached, { timeout: 20_000 }).toBe(1);
  await run.signal(goOn.name);
  gate.open();
  await run.result();
  expect(asked).toHaveLength(4);
  await replay(run.workflowId, run.firstExecutionRunId);
});

it('continues as new after its pages, and forgets no page', async () => {
  pages = Array<typeof more>(5).fill(more);
  const run = await start(2);
  await run.result();
  expect(asked).toHaveLength(6);
  await replay(run.workflowId, run.firstExecutionRunId);
  expect((await env.client.workflow.getHandle(run.workflowId).describe()).runId).not.toBe(run.firstExecutionRunId);
});
