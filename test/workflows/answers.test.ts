import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker, bundleWorkflowCode } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { timeSkippingEnvironment } from '../support/time-skipping.js';
import { until } from '../support/until.js';
import { command, cutBeforeItIsSent, news, newsAndCommand, refused, twoAnswers } from './answers/workflow.js';
import type { AnswersActivities } from './answers/workflow.js';
import { Gate } from './misbehaviour.js';

Runtime.install({
  logger: new DefaultLogger('ERROR', () => undefined),
  telemetryOptions: { logging: { filter: 'OFF' } },
});

const taskQueue = 'answers';
const held = new Gate();
/** These make the undo begin, the other call be answered and the undo end in this order. */
const undoBegan = new Gate();
const otherEnded = new Gate();
const nothing = () => Promise.resolve();
const activities: AnswersActivities = {
  answerAfter: (ms) => sleep(ms),
  holdTask: () => held.behave(undefined, () => Promise.resolve()),
  slowlySetOff: () => Promise.resolve(),
  setOffAtOnce: () => Promise.resolve(),
  undo: () => {
    undoBegan.open();
    return otherEnded.behave(undefined, nothing);
  },
  other: () => undoBegan.behave(undefined, nothing),
  followOther: () => Promise.resolve(otherEnded.open()),
};
let env: TestWorkflowEnvironment;
let workflowBundle: { code: string };
let stop: () => Promise<void>;
beforeAll(async () => {
  const workflowsPath = fileURLToPath(new URL('./answers/workflow.ts', import.meta.url));
  [env, workflowBundle] = await Promise.all([
    timeSkippingEnvironment(),
    bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') }),
  ]);
  const worker = await Worker.create({ connection: env.nativeConnection, taskQueue, workflowBundle, activities });
  const running = worker.run();
  stop = () => {
    worker.shutdown();
    return running;
  };
});
afterAll(async () => {
  await stop?.();
  await env?.teardown();
});

async function expectReplays(run: WorkflowHandle): Promise<void> {
  const { workflowId } = run;
  const history = await run.fetchHistory();
  for await (const { error } of Worker.runReplayHistories({ workflowBundle }, [{ workflowId, history }])) {
    expect(error).toBeUndefined();
  }
}

it('what an answer sets off slowly comes before the next answer, also in a replay', async () => {
  // Both answers come in one workflow task.
  const options = { taskQueue, workflowId: randomUUID(), workflowTaskTimeout: '30s' } as const;
  const run = await env.client.workflow.start(twoAnswers, options);
  await run.result();
  await expectReplays(run);
});

it('a command that waits for rest is taken after what the news beside it sets off slowly', async () => {
  const options = { taskQueue, workflowId: randomUUID(), workflowTaskTimeout: '30s' } as const;
  const run = await env.client.workflow.start(newsAndCommand, options);
  await until(() => held.reached === 1);
  // The workflow task stays open for its local activity, so that the next one brings all of these.
  const answers = Promise.allSettled([run.executeUpdate(command), run.executeUpdate(refused)]);
  await run.signal(news);
  held.open();
  expect((await answers).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(await run.result()).toEqual(['news', 'command']);
  await expectReplays(run);
});

// While the run is live, Temporal tells of the cut before the other call is answered; in a replay, after that.
it('what follows a call that is cut before it is sent comes at the same place in a replay', async () => {
  const options = { taskQueue, workflowId: randomUUID(), workflowTaskTimeout: '30s' } as const;
  const run = await env.client.workflow.start(cutBeforeItIsSent, options);
  await run.result();
  await expectReplays(run);
});
