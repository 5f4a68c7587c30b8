import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OrderInput, OrderView } from '../../contracts/order.js';
import { orderView } from '../../contracts/view.schema.js';
import { findTemporalCli } from '../../tools/local/temporal-cli.js';
import { orderIdFor } from '../../src/temporal/ids.js';
import { orderWorkflowId, orderWorkflowType } from '../../workflows/order/messages.js';
import { ordersTaskQueue } from '../../workflows/temporal/protocol.js';
import { blocksOf } from '../delivery/markdown.js';
import { until } from '../support/until.js';
import type { Problem } from './support/caller.js';
import { anOrder } from './support/orders.js';
import { startSystem, type ApiSystem } from './support/system.js';
import { sendWebhook } from './support/webhook.js';
import { startWorker, type TestWorker } from './support/worker.js';

let system: ApiSystem;
let unfit: { code: string };
let worker: TestWorker | undefined;
beforeAll(async () => {
  [system, unfit] = await Promise.all([
    startSystem(),
    bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('support/unfit-workflows.ts', import.meta.url)),
      logger: new DefaultLogger('ERROR'),
    }),
  ]);
});
afterAll(() => system?.close());

const read = async (id: string) => (await system.as('shop').get(`/v1/orders/${id}`)).body;
const reach = (id: string, status: OrderView['status']) =>
  until(async () => {
    const view = await read(id);
    return view.status === status ? view : undefined;
  });

async function placed(status: OrderView['status'], changes: Parameters<typeof anOrder>[0]): Promise<string> {
  const { body } = await system.as('shop').place(anOrder({ carrier: 'external', ...changes }));
  await reach(body.id, status);
  return body.id;
}

/** The value of a metric of the SDK for orders. */
function countOf(metrics: string, name: string, reason: string): number {
  const line = metrics
    .split('\n')
    .find((each) => each.startsWith(`${name}{`) && each.includes(reason) && each.includes(`"${orderWorkflowType}"`));
  return Number(line?.split(' ').at(-1) ?? 0);
}

it('while workflow code cannot replay the open orders, everything works except what only a run can answer', async () => {
  worker = await startWorker(system);
  const waiting = await placed('awaiting_payment', { payment: { method: 'later' } });
  const confirmed = await placed('confirmed', {});
  const completed = await placed('confirmed', {});
  await sendWebhook(system.as(undefined), {
    type: 'shipment.delivered',
    data: { orderId: completed, signedBy: 'A. Example' },
  });
  await reach(completed, 'completed');
  expect(await worker.ready()).toMatchObject({ status: 200, body: { status: 'up', polling: true, failingRuns: 0 } });
  await worker.stop();
  worker = await startWorker(system, {}, unfit);

  // Twice: the first message reaches an idle run, the second a run whose task has failed.
  const key = randomUUID();
  for (const round of [1, 2]) {
    const startedAt = Date.now();
    const answers = [
      await system.as('shop').post<Problem>(`/v1/orders/${waiting}/cancel`, {}, { 'idempotency-key': key }),
      await system.as('shop').post<Problem>(`/v1/orders/${confirmed}/cancel`, {}),
      await sendWebhook(system.as(undefined), {
        type: 'shipment.dispatched',
        data: { orderId: confirmed, shipmentId: `${confirmed}-west` },
      }),
    ];
    expect(Date.now() - startedAt).toBeLessThan(3 * 5_000 + 3_000);
    for (const { status, body, headers } of answers) {
      expect([status, body.code], `round ${round}: ${body.detail}`).toEqual([503, 'not_processed_yet']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
  }
  const fresh = await system.as('shop').place(anOrder());
  expect(fresh.status).toBe(201);
  for (const id of [waiting, confirmed]) {
    const halted = await reach(id, 'needs_attention');
    const step = id === waiting ? 'authorizePayment' : `awaitDispatch:${id}-east`;
    expect(halted).toMatchObject({ failure: { code: 'code_mismatch', step }, possible: [] });
    expect(halted.failure?.message).toContain('Deploy the code from before');
  }
  const explained = await system
    .as('shop')
    .post<Problem>(`/v1/orders/${waiting}/cancel`, {}, { 'idempotency-key': key });
  expect([explained.status, explained.body.code]).toEqual([503, 'not_processed_yet']);
  expect(explained.body.detail).toContain("cannot replay the order's run");
  // This code replays its own orders: the timer is set.
  const { workflow } = system.temporal.client;
  await until(async () => (await workflow.getHandle(orderWorkflowId(fresh.body.id)).describe()).historyLength >= 5);
  // The lists do not know these orders: docs/operations.md has a command that finds them.
  const command = blocksOf('docs/operations.md').find(({ code }) => code.includes('pendingWorkflowTask'))!.code;
  const found = await execa('sh', ['-ec', command], {
    env: {
      TEMPORAL_ADDRESS: system.temporal.address,
      PATH: `${dirname(await findTemporalCli())}:${process.env.PATH}`,
    },
  });
  expect(found.stdout.split('\n').sort(), found.stderr).toEqual([waiting, confirmed].map(orderWorkflowId).sort());
  // A worker looks up a run that has failed, so it counts the run a little later.
  const { ready } = worker;
  const { status, body: readiness } = await until(async () => {
    const answer = await ready();
    return answer.body.failingRuns === 2 ? answer : undefined;
  });
  expect([status, readiness.status, readiness.failingRuns]).toEqual([503, 'down', 2]);
  for (const { workflowType, cause, isNew } of readiness.examples) {
    expect({ workflowType, cause, isNew }).toEqual({
      workflowType: orderWorkflowType,
      cause: 'nondeterminism',
      isNew: true,
    });
  }
  expect(readiness.examples.map(({ workflowId }) => workflowId).sort()).toEqual(
    [waiting, confirmed].map(orderWorkflowId).sort(),
  );
  const metrics = await worker.metrics();
  expect(metrics).toContain('orderflow_failing_runs{workflow_type="processOrder",cause="nondeterminism"} 2');
  expect(countOf(metrics, 'temporal_workflow_task_execution_failed', 'NonDeterminismError')).toBeGreaterThanOrEqual(2);
  expect((await read(completed)).status).toBe('completed');
  expect((await system.as('shop').get<{ items: unknown[] }>('/v1/orders')).body.items).toHaveLength(3);
  expect((await system.as('shop').get(`/v1/orders/${waiting}/history`)).status).toBe(200);

  await worker.stop();
  worker = await startWorker(system);
  // Temporal retries a failed task after a pause; a command is answered when the task has succeeded.
  for (const id of [waiting, confirmed]) {
    const cancel = () => system.as('shop').post(`/v1/orders/${id}/cancel`, {}, { 'idempotency-key': key });
    await until(async () => ((await cancel()).status === 200 ? true : undefined), 40_000);
    await reach(id, 'cancelled');
  }
  expect(await worker.ready()).toMatchObject({ status: 200, body: { status: 'up', failingRuns: 0 } });
}, 240_000);

it('an order of a process that is newer than the API and the worker can be read', async () => {
  await worker?.stop();
  const { deadlines, stepRetryBudgetMs } = system.api.config;
  const orderId = orderIdFor('demo', 'newer');
  const input: OrderInput = {
    orderId,
    shopId: 'demo',
    order: anOrder(),
    placedAt: new Date().toISOString(),
    process: { name: 'order', version: 99 },
    deadlines,
    stepRetryBudgetMs,
  };
  const options = { workflowId: orderWorkflowId(orderId), taskQueue: ordersTaskQueue, args: [input] };
  await system.temporal.client.workflow.start(orderWorkflowType, options);
  const placed = await system.as('shop').get(`/v1/orders/${orderId}`);
  expect(placed.status).toBe(200);
  const shown = { status: 'placed', total: 2990, process: { version: 99 }, steps: [], possible: ['cancel'] };
  expect(orderView.parse(placed.body)).toMatchObject(shown);
  worker = await startWorker(system);
  expect(await reach(orderId, 'needs_attention')).toMatchObject({ failure: { code: 'code_mismatch' }, possible: [] });
  const { body } = await worker.ready();
  expect(body.examples).toMatchObject([{ workflowId: orderWorkflowId(orderId), cause: 'exception', isNew: true }]);
});
