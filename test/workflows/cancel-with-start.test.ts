import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { workflowBundle } from '../../src/worker/bundle.js';
import { orderWorkflowId, orderWorkflowType } from '../../workflows/order/messages.js';
import { ordersTaskQueue } from '../../workflows/temporal/protocol.js';
import type { CommandAnswer } from '../../workflows/temporal/protocol.js';
import type { processOrder } from '../../workflows/order/workflow.js';
import { timeSkippingEnvironment } from '../support/time-skipping.js';
import { FakeWorld } from './fake-world.js';
import { inputOf } from './test-orders.js';
import { startWorkers } from './workers.js';

const world = new FakeWorld();
let env: TestWorkflowEnvironment;
let stopWorkers: () => Promise<void>;
beforeAll(async () => {
  env = await timeSkippingEnvironment();
  stopWorkers = await startWorkers(env.nativeConnection, await workflowBundle(), world.activities);
});
afterAll(async () => {
  await stopWorkers?.();
  await env?.teardown();
});

// This happens when a worker is killed in the order's first task and the cancel arrives before the task runs again. The calls of the lost
// task took effect, but this history does not show them.
it('a cancel that arrives before the first step undoes everything that a lost task may have done', async () => {
  const id = `ord_${randomUUID().slice(0, 8)}`;
  const now = await env.currentTimeMs();
  const answer = await env.client.workflow.executeUpdateWithStart<typeof processOrder, CommandAnswer, [object]>(
    'cancel',
    {
      args: [{ fingerprint: 'x', by: { role: 'shop' }, body: {} }],
      startWorkflowOperation: new WithStartWorkflowOperation(orderWorkflowType, {
        workflowId: orderWorkflowId(id),
        taskQueue: ordersTaskQueue,
        args: [inputOf(id, now)],
        memo: { fingerprint: 'f' },
        workflowIdConflictPolicy: 'FAIL',
      }),
    },
  );
  expect(world.of(id).publications[answer.revision - 1]!.view.failure).toMatchObject({ code: 'cancelled_by_customer' });
  const end = (await env.client.workflow.getHandle(orderWorkflowId(id)).result()) as OrderView;
  expect(end.status).toBe('cancelled');
  const calls = world.of(id).calls.map((c) => c.operation);
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
