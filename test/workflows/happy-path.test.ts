import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { timeSkippingEnvironment } from '../support/time-skipping.js';
import { withOrder } from './orders-on-test-server.js';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await timeSkippingEnvironment();
});
afterAll(() => env.teardown());

it('goes from placed to completed, each step after what it depends on', async () => {
  await withOrder(env, {}, async (order) => {
    await order.until((v) => v.status === 'confirmed');
    await order.event('shipment.dispatched', { trackingNumber: 'T1' });
    const shipping = await order.until((v) => v.status === 'shipping' && v.payment.status === 'captured');
    expect(shipping.shipments).toMatchObject([{ id: `${order.id}-east`, status: 'dispatched', trackingNumber: 'T1' }]);
    await order.event('shipment.delivered', { signedBy: 'A. Customer' });
    const end = await order.end();
    expect(end.status).toBe('completed');
    expect(end.payment).toMatchObject({ authorized: 0, captured: 2990, refunded: 0, status: 'captured' });
    for (const step of end.steps) {
      expect(['done', 'skipped'], step.id).toContain(step.state);
      for (const d of step.dependsOn) {
        const before = end.steps.find((s) => s.id === d)!;
        if (step.startedAt && before.finishedAt && before.id !== 'ship')
          expect(step.startedAt >= before.finishedAt).toBe(true);
      }
    }
    expect(order.recorded.calls.map((c) => c.type)).toEqual([
      'inventory.reserve',
      'payment.screen',
      'payment.authorize',
      'inventory.commit',
      'notification.notify',
      'shipping.book',
      'notification.notify',
      'payment.capture',
      'payment.settle',
      'notification.notify',
    ]);
  });
});
