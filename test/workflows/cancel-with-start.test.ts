import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OrderInput, OrderView } from '../../contracts/order.js';
import { workflowBundle } from '../../src/worker/bundle.js';
import { orderWorkflowId, orderWorkflowType, ordersTaskQueue, serviceTaskQueue } from '../../workflows/messages.js';
import type { CommandAnswer } from '../../workflows/messages.js';
import type { processOrder } from '../../workflows/process-order.js';
import { timeSkippingEnvironment } from '../support/time-skipping.js';
import { fakeActivities } from './fake-activities.js';

Runtime.install({ logger: new DefaultLogger('ERROR') });

const { activities, recorded } = fakeActivities();
let env: TestWorkflowEnvironment;
let workers: Worker[];
let running: Promise<void>[];
beforeAll(async () => {
  env = await timeSkippingEnvironment();
  const connection = env.nativeConnection;
  workers = await Promise.all([
    Worker.create({ connection, taskQueue: ordersTaskQueue, workflowBundle: await workflowBundle(), activities }),
    ...['orders', 'inventory', 'payment', 'shipping', 'notification'].map((s) =>
      Worker.create({ connection, taskQueue: serviceTaskQueue(s), activities }),
    ),
  ]);
  running = workers.map((w) => w.run());
});
afterAll(async () => {
  for (const worker of workers) worker.shutdown();
  await Promise.all(running);
  await env.teardown();
});

const hour = 3_600_000;
function inputOf(orderId: string, placedAt: string): OrderInput {
  return {
    orderId,
    shopId: 'demo',
    order: {
      customerId: 'c-1',
      currency: 'EUR',
      lines: [{ sku: 'mug', quantity: 2, unitPrice: 1250 }],
      shippingFee: 490,
      payment: { method: 'card', token: 'tok_ok' },
      shippingAddress: { name: 'A', line1: 'Street 1', city: 'Town', postalCode: '12345', country: 'DE' },
      carrier: 'external',
    },
    placedAt,
    process: { name: 'order', version: 1 },
    deadlines: { paymentMs: hour, reviewMs: hour, decisionMs: hour, autoSignMs: hour, returnWindowMs: hour },
    stepRetryBudgetMs: hour,
  };
}

// As it is when a worker was killed in the order's first task and the cancel came before the task was done again: the calls of the lost task
// have had their effect, and this history knows nothing of them.
it('a cancel that is there before the first step undoes all that a lost task may have done', async () => {
  const id = `ord_${randomUUID().slice(0, 8)}`;
  const placedAt = new Date(await env.currentTimeMs()).toISOString();
  const answer = await env.client.workflow.executeUpdateWithStart<typeof processOrder, CommandAnswer, [object]>(
    'cancel',
    {
      args: [{ fingerprint: 'x', by: { role: 'shop' }, body: {} }],
      startWorkflowOperation: new WithStartWorkflowOperation(orderWorkflowType, {
        workflowId: orderWorkflowId(id),
        taskQueue: ordersTaskQueue,
        args: [inputOf(id, placedAt)],
        memo: { fingerprint: 'f' },
        workflowIdConflictPolicy: 'FAIL',
      }),
    },
  );
  expect(answer.view.failure).toMatchObject({ code: 'cancelled_by_customer' });
  const end = (await env.client.workflow.getHandle(orderWorkflowId(id)).result()) as OrderView;
  expect(end.status).toBe('cancelled');
  const calls = recorded.calls.map((c) => c.type);
  for (const [done, undone] of [
    ['shipping.book', 'shipping.cancel'],
    ['inventory.commit', 'inventory.uncommit'],
    ['payment.authorize', 'payment.void'],
    ['inventory.reserve', 'inventory.release'],
  ] as const) {
    expect(calls).toContain(done);
    expect(calls.indexOf(undone), `${undone} after ${done}`).toBeGreaterThan(calls.indexOf(done));
  }
});
