import { randomUUID } from 'node:crypto';
import {
  ApplicationFailure,
  WithStartWorkflowOperation,
  WorkflowFailedError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { ActivityName } from '../../activities/index.js';
import type { OrderInput, OrderView, PlaceOrder } from '../../contracts/order.js';
import { workflowBundle } from '../../src/worker/bundle.js';
import { orderQuery, orderWorkflowId, orderWorkflowType } from '../../workflows/order/messages.js';
import { ordersTaskQueue } from '../../workflows/temporal/protocol.js';
import type { CommandAnswer, Refusal } from '../../workflows/temporal/protocol.js';
import type { CommandBodies, OrderCommand } from '../../workflows/order/messages.js';
import { orderProcess } from '../../workflows/order/process.js';
import type { EventType, News } from '../../workflows/events.js';
import { timeSkippingEnvironment } from '../support/time-skipping.js';
import { FakeServices } from './fake-services.js';
import type { Behaviour } from './fake-services.js';
import { FakeWorld } from './fake-world.js';
import type { Stock } from './fake-books.js';
import { startWorkers } from './workers.js';

/** Warnings that workflow code has logged, as `run: message {attributes}`. */
export const warnings: string[] = [];
const logger = new DefaultLogger('WARN', ({ level, message, meta }) => {
  const { workflowId, ...rest } = (meta ?? {}) as Record<string, unknown>;
  if (level === 'ERROR') process.stderr.write(`${message} ${JSON.stringify(meta)}\n`);
  else if (typeof workflowId === 'string') warnings.push(`${workflowId}: ${message} ${JSON.stringify(rest)}`);
});
Runtime.install({ logger, telemetryOptions: { logging: { filter: 'ERROR' } } });

export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

/** One line, one parcel. The total is 2 x 1250 + 490 = 2990. */
export const oneMug: PlaceOrder = {
  customerId: 'c-1',
  currency: 'EUR',
  lines: [{ sku: 'mug', quantity: 2, unitPrice: 1250 }],
  shippingFee: 490,
  payment: { method: 'card', token: 'tok_ok' },
  shippingAddress: { name: 'A. Customer', line1: 'Street 1', city: 'Town', postalCode: '12345', country: 'DE' },
  carrier: 'external',
};
/** Ships in two parcels. The total is 3000 + 1000 + 400 = 4400; the parcels' shares are 3300 and 1100. */
export const vaseAndLamp: Partial<PlaceOrder> = {
  lines: [
    { sku: 'vase', quantity: 1, unitPrice: 3000 },
    { sku: 'lamp', quantity: 1, unitPrice: 1000 },
  ],
  shippingFee: 400,
};
export const payLater: Partial<PlaceOrder> = { payment: { method: 'later' } };

export interface Setup {
  order?: Partial<PlaceOrder>;
  input?: Partial<OrderInput>;
  services?: Behaviour;
  stock?: Stock;
  /** Cancel it in the task that starts it. */
  cancelled?: boolean;
}

export interface End {
  /** How the run closed. `type` is the type of its failure. */
  run: { closed: 'completed' } | { closed: 'failed'; type: string };
  view: OrderView;
}

/** An order in the real order workflow, with fake services. */
export interface TestOrder {
  id: string;
  services: FakeServices;
  handle: WorkflowHandle;
  /** Queries the run itself. */
  view(): Promise<OrderView>;
  command<Name extends OrderCommand>(name: Name, body: CommandBodies[Name], by?: By): Promise<CommandAnswer>;
  /** Sends a command, and reads the order as the API does: from the book at the answer's revision, otherwise from the run. */
  viewAfter<Name extends OrderCommand>(name: Name, body: CommandBodies[Name], by?: By): Promise<OrderView>;
  /** Sends a command, and throws unless it is refused. */
  refused<Name extends OrderCommand>(name: Name, body: CommandBodies[Name], by?: By): Promise<Refused>;
  event(type: EventType, data?: News['data'], more?: { id?: string; timestamp?: string }): Promise<void>;
  /** Resolves when the book has a view for which the test is true. */
  until(test: (view: OrderView) => boolean): Promise<OrderView>;
  /** Resolves when the operation has been called this many times. */
  untilCalled(operation: ActivityName, times?: number): Promise<void>;
  /** Waits for the run to close. The server skips time meanwhile. */
  end(): Promise<End>;
}
interface By {
  role?: 'shop' | 'operator';
  id?: string;
}
interface Refused extends Refusal {
  code: string;
  message: string;
}

export interface TestOrders {
  place(setup?: Setup): Promise<TestOrder>;
  /** Skips this much time at once. */
  sleep(ms: number): Promise<void>;
  now(): Promise<number>;
}

/**
 * Places test orders on a time-skipping server of the test file's own, with one set of workers for all of its tests. The workers find
 * the fake services of an order by its id. At the end of the file every history is replayed.
 */
export function testOrders(): TestOrders {
  let env: TestWorkflowEnvironment;
  let bundle: { code: string };
  let stopWorkers: (() => Promise<void>) | undefined;
  const world = new FakeWorld();
  const placed: WorkflowHandle[] = [];

  beforeAll(async () => {
    [env, bundle] = await Promise.all([timeSkippingEnvironment(), workflowBundle()]);
    stopWorkers = await startWorkers(env.nativeConnection, bundle, world.activities);
  });

  // Open orders go on by themselves. They are not terminated: after that the server would skip no more time.
  afterEach(() => {
    for (const services of world.all) services.mend();
  });

  afterAll(async () => {
    try {
      await replay(placed, bundle);
    } finally {
      await stopWorkers?.();
      await (env as TestWorkflowEnvironment | undefined)?.teardown();
    }
  });

  return {
    place: async (setup = {}) => {
      const id = `ord_${randomUUID().slice(0, 8)}`;
      const services = new FakeServices(id, setup.services, setup.stock);
      world.add(services);
      const options = {
        workflowId: orderWorkflowId(id),
        taskQueue: ordersTaskQueue,
        workflowTaskTimeout: '3s',
        args: [inputOf(id, await env.currentTimeMs(), setup)],
        memo: { fingerprint: 'f' },
      } as const;
      if (setup.cancelled) {
        const startWorkflowOperation = new WithStartWorkflowOperation(orderWorkflowType, {
          ...options,
          workflowIdConflictPolicy: 'FAIL',
        });
        const args = [{ fingerprint: 'x', by: { role: 'shop' }, body: {} }];
        await env.client.workflow.executeUpdateWithStart('cancel', { args, startWorkflowOperation });
      } else await env.client.workflow.start(orderWorkflowType, options);
      const handle = env.client.workflow.getHandle(options.workflowId);
      placed.push(handle);
      return testOrder(handle, services, world);
    },
    sleep: (ms) => env.sleep(ms),
    now: () => env.currentTimeMs(),
  };
}

export function inputOf(orderId: string, now: number, setup: Setup = {}): OrderInput {
  return {
    orderId,
    shopId: 'demo',
    order: { ...oneMug, ...setup.order },
    placedAt: new Date(now).toISOString(),
    process: { name: 'order', version: orderProcess.version },
    deadlines: {
      paymentMs: 30 * minute,
      reviewMs: day,
      decisionMs: day,
      autoSignMs: 14 * day,
      returnWindowMs: 30 * day,
    },
    stepRetryBudgetMs: minute,
    ...setup.input,
  };
}

/** Replays every history with the same code. This is the cheapest guard against code that is not deterministic. */
async function replay(handles: readonly WorkflowHandle[], workflowBundle: { code: string }): Promise<void> {
  const histories = await Promise.all(
    handles.map(async (handle) => ({ workflowId: handle.workflowId, history: await handle.fetchHistory() })),
  );
  const problems: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories)) {
    if (error) problems.push(`${workflowId}: ${error.message}`);
  }
  if (problems.length > 0) throw new Error(`These histories do not replay:\n${problems.join('\n')}`);
}

function testOrder(handle: WorkflowHandle, services: FakeServices, world: FakeWorld): TestOrder {
  const command: TestOrder['command'] = (name, body, { role = 'shop', id: updateId = randomUUID() } = {}) =>
    world.guard(
      handle.executeUpdate<CommandAnswer, [object]>(name, {
        updateId,
        args: [{ fingerprint: 'x', by: { role }, body }],
      }),
    );
  const lastView = () =>
    `Not reached. Last view: ${JSON.stringify(services.view, null, 1)}\nCalls: ${JSON.stringify(
      services.calls.map((c) => `${c.operation} ${c.local ? '' : 'queued '}${c.outcome ?? '...'}`),
      null,
      1,
    )}`;
  const until = (test: () => boolean) => world.guard(services.until(test, lastView));
  return {
    id: services.orderId,
    services,
    handle,
    command,
    view: () => handle.query<OrderView>(orderQuery),
    viewAfter: async (name, body, by) => {
      const { revision } = await command(name, body, by);
      return revision === 0 ? handle.query<OrderView>(orderQuery) : services.publications[revision - 1]!.view;
    },
    refused: async (name, body, by) => {
      try {
        await command(name, body, by);
      } catch (error) {
        const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
        if (!(cause instanceof ApplicationFailure)) throw error;
        return { ...(cause.details![0] as Refusal), code: cause.type!, message: cause.message };
      }
      throw new Error(`${name} was accepted.`);
    },
    event: (type, data = {}, { id: eventId = randomUUID(), timestamp = '2020-01-02T03:04:05.000Z' } = {}) =>
      handle.signal<[News]>(type, {
        id: eventId,
        timestamp,
        data: type === 'payment.succeeded' ? { currency: 'EUR', ...data } : data,
      }),
    until: async (test) => {
      await until(() => services.view !== undefined && test(services.view));
      return services.view!;
    },
    untilCalled: (operation, times = 1) => until(() => services.callsOf(operation).length >= times),
    end: async () => {
      try {
        return { run: { closed: 'completed' }, view: (await world.guard(handle.result())) as OrderView };
      } catch (error) {
        const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
        if (!(cause instanceof ApplicationFailure)) throw error;
        return { run: { closed: 'failed', type: cause.type! }, view: cause.details![0] as OrderView };
      }
    },
  };
}
