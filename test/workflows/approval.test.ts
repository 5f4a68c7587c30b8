import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure, WorkflowUpdateFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker, bundleWorkflowCode } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serviceCall } from '../../activities/service-call.js';
import type { CommandAnswer } from '../../workflows/temporal/protocol.js';
import { ordersTaskQueue, serviceTaskQueue } from '../../workflows/temporal/protocol.js';
import { timeSkippingEnvironment } from '../support/time-skipping.js';
import { until } from '../support/until.js';
import type { Budget, Input, processApproval } from './approval/workflow.js';

/** Tests of a third process, in approval/workflow.ts. Everything else that it needs comes from the host. */

Runtime.install({
  logger: new DefaultLogger('ERROR', () => undefined),
  telemetryOptions: { logging: { filter: 'OFF' } },
});

const hour = 3_600_000;
interface Publication {
  id: string;
  seq: number;
  status: string;
  steps: string[];
}
/** Calls that took effect, as `id operation`. */
const calls: string[] = [];
const published: Publication[] = [];

const call = (operation: keyof Budget) =>
  serviceCall(({ id }: { key: string; id: string }) => Promise.resolve(calls.push(`${id} ${operation}`)));
const activities: Record<`budget.${keyof Budget | 'publish' | 'awaitBook'}`, (input: never) => Promise<unknown>> = {
  'budget.hold': call('hold'),
  'budget.release': call('release'),
  'budget.book': call('book'),
  'budget.announce': call('announce'),
  'budget.publish': (publication: Publication) => Promise.resolve(published.push(publication)),
  'budget.awaitBook': () => Promise.resolve(),
};

let env: TestWorkflowEnvironment;
let bundle: { code: string };
let stopWorkers: () => Promise<void>;
beforeAll(async () => {
  [env, bundle] = await Promise.all([
    timeSkippingEnvironment(),
    bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('./approval/workflow.ts', import.meta.url)),
      logger: new DefaultLogger('ERROR'),
    }),
  ]);
  const connection = env.nativeConnection;
  const workers = await Promise.all([
    Worker.create({ connection, taskQueue: ordersTaskQueue, workflowBundle: bundle, activities }),
    Worker.create({ connection, taskQueue: serviceTaskQueue('budget'), activities }),
  ]);
  const running = workers.map((worker) => worker.run());
  stopWorkers = async () => {
    for (const worker of workers) worker.shutdown();
    await Promise.all(running);
  };
});
/** Replays every history with the same code. */
afterAll(async () => {
  for (const approval of started) {
    await Worker.runReplayHistory({ workflowBundle: bundle }, await approval.fetchHistory(), approval.workflowId);
  }
  await stopWorkers?.();
  await env?.teardown();
});

type Approval = WorkflowHandle<typeof processApproval>;

const started: Approval[] = [];

async function start(version = 1): Promise<Approval> {
  const workflowId = `approval:${randomUUID().slice(0, 8)}`;
  const input: Input = { id: workflowId, deadlineMs: 24 * hour, process: { version } };
  const approval = await env.client.workflow.start<typeof processApproval>('processApproval', {
    workflowId,
    taskQueue: ordersTaskQueue,
    args: [input],
  });
  return approval;
}

async function waiting(version?: number): Promise<Approval> {
  const approval = await start(version);
  started.push(approval);
  await until(() => published.find((p) => p.id === approval.workflowId)?.steps.includes('decide: waiting'));
  return approval;
}

const command = (approval: Approval, name: string, body: object) =>
  approval.executeUpdate<CommandAnswer, [object]>(name, {
    args: [{ fingerprint: 'f', by: { role: 'operator' }, body }],
  });
const decide = (approval: Approval, answer: string) => command(approval, 'decision', { answer });
const callsOf = ({ workflowId: id }: Approval) =>
  calls.flatMap((c) => (c.startsWith(id) ? [c.slice(id.length + 1)] : []));
const publishedOf = ({ workflowId }: Approval) => published.filter((p) => p.id === workflowId);

async function refusalOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
    return `${error.cause.type}: ${error.cause.message}`;
  }
  throw new Error(`not refused: ${String(error)}`);
}

it('is approved: the budget is booked', async () => {
  const approval = await waiting();
  const { fingerprint, revision } = await decide(approval, 'approve');
  expect(fingerprint).toBe('f');
  expect(published[revision - 1]).toMatchObject({ id: approval.workflowId });
  expect(await approval.result()).toEqual({ status: 'approved', steps: ['hold: done', 'decide: done', 'book: done'] });
  expect(callsOf(approval)).toEqual(['hold', 'book']);
});

it('is rejected: the budget is released', async () => {
  const approval = await waiting();
  await decide(approval, 'reject');
  expect((await approval.result()).status).toBe('cancelled_by_operator');
  expect(callsOf(approval)).toEqual(['hold', 'release']);
});

it('is released when nobody decides before the deadline', async () => {
  const approval = await waiting();
  expect(await approval.result()).toEqual({
    status: 'review_deadline',
    steps: ['hold: undone', 'decide: failed', 'book: skipped'],
  });
  expect(callsOf(approval)).toEqual(['hold', 'release']);
});

it.each([
  ['a command', (approval: Approval) => command(approval, 'cancel', {})],
  ['a Cancel from the Web UI', (approval: Approval) => approval.cancel()],
])('is cancelled by %s: the budget is released', async (_name, cancel) => {
  const approval = await waiting();
  await cancel(approval);
  expect((await approval.result()).status).toBe('cancelled_by_operator');
  expect(callsOf(approval)).toEqual(['hold', 'release']);
});

it('publishes its view once each time that it comes to rest', async () => {
  const approval = await waiting();
  await decide(approval, 'approve');
  const last = await approval.result();
  const shown = publishedOf(approval);
  expect(shown[0]).toMatchObject({ seq: 1, status: 'open', steps: ['hold: done', 'decide: waiting', 'book: pending'] });
  expect(shown.at(-1)).toMatchObject(last);
  expect(shown.length).toBeLessThanOrEqual(3);
  expect(await approval.query('approval')).toEqual(last);
  expect(await approval.query('publication')).toMatchObject(last);
});

describe('a command', () => {
  it('that is not possible is refused', async () => {
    const approval = await waiting();
    const retry = command(approval, 'resolve', { action: 'retry', step: 'hold' });
    expect(await refusalOf(retry)).toBe('wrong_status: The step hold is not stuck: there is nothing to retry.');
    expect(await refusalOf(command(approval, 'resolve', { action: 'skip', step: 'nap' }))).toMatch(/^unknown_step: /);
    await decide(approval, 'reject');
    await approval.result();
  });

  it('is checked again when it is taken: one of two opposite decisions is taken, the other is refused', async () => {
    const approval = await waiting();
    const both = await Promise.allSettled([decide(approval, 'approve'), decide(approval, 'reject')]);
    expect(both.map((each) => each.status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const lost = both.find((each) => each.status === 'rejected')!;
    const refusal = await refusalOf(Promise.reject(lost.reason as Error));
    expect(refusal).toMatch(/^(wrong_status|approval_ended): The approval /);
    await approval.result();
  });

  it('is in the history before the call that it sets off begins', async () => {
    const approval = await waiting();
    await decide(approval, 'approve');
    await approval.result();
    const { events } = await approval.fetchHistory();
    const accepted = events!.findIndex((e) => e.workflowExecutionUpdateAcceptedEventAttributes);
    const next = events!
      .slice(accepted)
      .find((e) => e.activityTaskScheduledEventAttributes ?? e.markerRecordedEventAttributes);
    expect(next!.activityTaskScheduledEventAttributes?.activityType?.name).toBe('budget.book');
  });
});

describe('what is sent by hand', () => {
  it('does not stop a run: an update that does not fit is refused', async () => {
    const approval = await waiting();
    const by = { role: 'operator' };
    const wrong: unknown[] = [undefined, null, 'x', 7, [], {}, { fingerprint: 'f', by, body: { answer: 'maybe' } }];
    for (const name of ['decision', 'cancel', 'resolve']) {
      const noise = name === 'cancel' ? [...wrong.slice(0, -1), { fingerprint: 'f', by, body: { reason: 5 } }] : wrong;
      for (const args of noise) {
        expect(await refusalOf(approval.executeUpdate(name, { args: [args] }))).toBe(
          `validation_failed: ${name} does not fit.`,
        );
      }
    }
    await decide(approval, 'approve');
    expect((await approval.result()).status).toBe('approved');
  });
});

/** Why the run's first failed workflow task failed. */
function failedTask(approval: Approval): Promise<string> {
  return until(async () => {
    const { events } = await approval.fetchHistory();
    const failed = events!.find((e) => e.workflowTaskFailedEventAttributes);
    return failed?.workflowTaskFailedEventAttributes?.failure?.message ?? undefined;
  });
}

describe('a version', () => {
  it('runs beside another one', async () => {
    const [first, second] = [await waiting(1), await waiting(2)];
    await decide(first, 'approve');
    await decide(second, 'approve');
    expect((await first.result()).steps).toEqual(['hold: done', 'decide: done', 'book: done']);
    expect((await second.result()).steps).toEqual(['hold: done', 'decide: done', 'book: done', 'announce: done']);
    expect(callsOf(second)).toEqual(['hold', 'book', 'announce']);
  });

  it('that the worker does not know is reported', async () => {
    const approval = await start(3);
    expect(await failedTask(approval)).toBe('Unknown version 3 of the approval process. Known versions: 1, 2.');
    await approval.terminate();
  });
});

it('reports at once, by name, an activity that no worker registers', async () => {
  const { 'budget.hold': _, ...others } = activities;
  const taskQueue = 'without-hold';
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue,
    workflowBundle: bundle,
    activities: others,
  });
  await worker.runUntil(async () => {
    const id = `approval:${randomUUID().slice(0, 8)}`;
    const approval = await env.client.workflow.start<typeof processApproval>('processApproval', {
      workflowId: id,
      taskQueue,
      args: [{ id, deadlineMs: hour, process: { version: 1 } }],
    });
    expect(await failedTask(approval)).toBe("Local activity of type 'budget.hold' not registered on worker");
    await approval.terminate();
  });
});
