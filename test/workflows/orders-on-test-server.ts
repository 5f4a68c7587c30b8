import { randomUUID } from 'node:crypto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { WorkflowHandle } from '@temporalio/client';
import type { OrderInput, OrderView, PlaceOrder } from '../../contracts/order.js';
import { workflowBundle } from '../../src/worker/bundle.js';
import {
  eventSignal,
  orderQuery,
  orderWorkflowId,
  orderWorkflowType,
  ordersTaskQueue,
  serviceTaskQueue,
} from '../../workflows/messages.js';
import type { CommandAnswer, CommandBodies, EventType, OrderCommand, OutsideEvent } from '../../workflows/messages.js';
import { fakeActivities } from './fake-activities.js';
import type { AllActivities, Recorded } from './fake-activities.js';

Runtime.install({ logger: new DefaultLogger('ERROR') });

const services = ['orders', 'inventory', 'payment', 'shipping', 'notification'];
const hour = 3_600_000;

export const oneMug: PlaceOrder = {
  customerId: 'c-1',
  currency: 'EUR',
  lines: [{ sku: 'mug', quantity: 2, unitPrice: 1250 }],
  shippingFee: 490,
  payment: { method: 'card', token: 'tok_ok' },
  shippingAddress: { name: 'A. Customer', line1: 'Street 1', city: 'Town', postalCode: '12345', country: 'DE' },
  carrier: 'external',
};

/** The real order workflow with fake services on the time-skipping server. */
export interface TestOrder {
  id: string;
  recorded: Recorded;
  handle: WorkflowHandle;
  view(): Promise<OrderView>;
  command<Name extends OrderCommand>(
    name: Name,
    body: CommandBodies[Name],
    options?: { role?: 'shop' | 'operator'; id?: string },
  ): Promise<CommandAnswer>;
  event(type: EventType, data?: Partial<OutsideEvent['data']>, id?: string): Promise<void>;
  /** Resolves when a published view satisfies the test. */
  until(test: (view: OrderView) => boolean): Promise<OrderView>;
  /** The last view, of a run that ended either way. */
  end(): Promise<OrderView>;
}

export async function withOrder(
  env: TestWorkflowEnvironment,
  setup: { order?: Partial<PlaceOrder>; input?: Partial<OrderInput>; activities?: Partial<AllActivities> },
  test: (order: TestOrder) => Promise<void>,
): Promise<void> {
  const { activities, recorded } = fakeActivities(setup.activities);
  const connection = env.nativeConnection;
  const bundle = await workflowBundle();
  const workers = await Promise.all([
    Worker.create({ connection, taskQueue: ordersTaskQueue, workflowBundle: bundle, activities }),
    ...services.map((s) => Worker.create({ connection, taskQueue: serviceTaskQueue(s), activities })),
  ]);
  const running = workers.map((w) => w.run());
  try {
    await test(await startOrder(env, recorded, setup));
  } finally {
    for (const worker of workers) worker.shutdown();
    await Promise.all(running);
  }
}

async function startOrder(
  env: TestWorkflowEnvironment,
  recorded: Recorded,
  setup: { order?: Partial<PlaceOrder>; input?: Partial<OrderInput> },
): Promise<TestOrder> {
  const id = `ord_${randomUUID().slice(0, 8)}`;
  const input: OrderInput = {
    orderId: id,
    shopId: 'demo',
    order: { ...oneMug, ...setup.order },
    placedAt: new Date(await env.currentTimeMs()).toISOString(),
    fingerprint: 'f',
    process: { name: 'order', version: 1 },
    deadlines: {
      paymentMs: hour / 2,
      reviewMs: 24 * hour,
      decisionMs: 24 * hour,
      autoSignMs: 14 * 24 * hour,
      returnWindowMs: 30 * 24 * hour,
    },
    stepRetryBudgetMs: hour,
    ...setup.input,
  };
  const handle = await env.client.workflow.start(orderWorkflowType, {
    workflowId: orderWorkflowId(id),
    taskQueue: ordersTaskQueue,
    workflowTaskTimeout: '3s',
    args: [input],
  });
  const order: TestOrder = {
    id,
    recorded,
    handle,
    view: () => handle.query<OrderView>(orderQuery),
    command: (name, body, { role = 'shop', id: updateId = randomUUID() } = {}) =>
      handle.executeUpdate<CommandAnswer, [object]>(name, {
        updateId,
        args: [{ fingerprint: 'x', by: { role }, body }],
      }),
    event: (type, data = {}, eventId = randomUUID()) =>
      handle.signal(eventSignal, {
        id: eventId,
        type,
        timestamp: '2020-01-02T03:04:05.000Z',
        data: { orderId: id, ...data },
      } satisfies OutsideEvent),
    until: async (wanted) => {
      for (const deadline = Date.now() + 15_000; ;) {
        const view = recorded.view(id);
        if (view && wanted(view)) return view;
        if (Date.now() > deadline)
          throw new Error(`Not reached. Last view: ${JSON.stringify(view ?? (await order.view()), null, 1)}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    end: async () => {
      await handle.result().catch(() => undefined);
      return recorded.view(id)!;
    },
  };
  return order;
}
