import { randomUUID } from 'node:crypto';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { temporal } from '@temporalio/proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { inventoryService } from '../../services/inventory/service.js';
import { notificationService } from '../../services/notification/service.js';
import { ordersService } from '../../services/orders/service.js';
import { paymentService } from '../../services/payment/service.js';
import { shippingService } from '../../services/shipping/service.js';
import { loadConfig } from '../../src/config/index.js';
import { createActivities, type ServiceActivities } from '../../src/worker/activities.js';
import { workflowBundle } from '../../src/worker/bundle.js';
import { createWorkers, runWorkers } from '../../src/worker/workers.js';
import { orderQuery, orderWorkflowId, orderWorkflowType } from '../../workflows/order/messages.js';
import { ordersTaskQueue } from '../../workflows/temporal/protocol.js';
import type { CommandBodies, OrderCommand } from '../../workflows/order/messages.js';
import type { EventType, News } from '../../workflows/events.js';
import { Proxy } from '../api/support/proxy.js';
import { startForTest } from '../services/support/start.js';
import { startDevServer, type DevServer } from '../support/dev-server.js';
import { serviceToken } from '../support/service-token.js';
import { until } from '../support/until.js';
import { inputOf, type Setup } from './test-orders.js';

let server: DevServer;
let activities: ServiceActivities;
let bundle: { code: string };
let services: Awaited<ReturnType<typeof startServices>>;
let worker: { stop: () => Promise<void> };

async function startServices() {
  const [inventory, payment, shipping, notification, orders] = await Promise.all([
    startForTest(inventoryService),
    startForTest(paymentService),
    startForTest(shippingService({})),
    startForTest(notificationService()),
    startForTest(ordersService),
  ]);
  return { inventory, payment, shipping, notification, orders };
}

/** The product's own workers, with real services behind them. */
async function startWorker(
  address: string,
  byService: ServiceActivities['byService'] = activities.byService,
): Promise<{ stop: () => Promise<void> }> {
  const connection = await NativeConnection.connect({ address });
  const workers = await createWorkers({
    connection,
    namespace: server.namespace,
    activities: byService,
    sizes: loadConfig({}).worker,
    workflowBundle: bundle,
  });
  let stopped: Promise<void>;
  await new Promise<void>((running) => {
    stopped = runWorkers(workers, running);
  });
  return {
    stop: async () => {
      for (const one of workers) if (one.getState() === 'RUNNING') one.shutdown();
      await stopped;
      await connection.close();
    },
  };
}

beforeAll(async () => {
  [server, services, bundle] = await Promise.all([startDevServer(), startServices(), workflowBundle()]);
  activities = createActivities(
    {
      inventory: services.inventory.url,
      payment: services.payment.url,
      shipping: services.shipping.url,
      notification: services.notification.url,
      orders: services.orders.url,
    },
    serviceToken,
  );
  worker = await startWorker(server.address);
}, 120_000);
afterAll(async () => {
  await worker?.stop();
  await activities?.close();
  for (const service of Object.values(services ?? {})) await service.stop();
  await server?.stop();
}, 60_000);

const operator = { role: 'operator' } as const;

type Excluded = temporal.api.enums.v1.ResetReapplyExcludeType;
const updates = temporal.api.enums.v1.ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE;

/** An order that can be reset. A reset changes its current run. */
class ResettableOrder {
  readonly id = `ord_${randomUUID().slice(0, 8)}`;
  runId = '';

  async place(setup: Setup = {}): Promise<this> {
    const handle: WorkflowHandleWithFirstExecutionRunId = await server.client.workflow.start(orderWorkflowType, {
      workflowId: orderWorkflowId(this.id),
      taskQueue: ordersTaskQueue,
      workflowTaskTimeout: '3s',
      args: [inputOf(this.id, Date.now(), setup)],
      memo: { fingerprint: 'f' },
    });
    this.runId = handle.firstExecutionRunId;
    return this;
  }

  get handle() {
    return server.client.workflow.getHandle(orderWorkflowId(this.id), this.runId);
  }

  view = () => this.handle.query<OrderView>(orderQuery);

  async reach(test: (view: OrderView) => boolean): Promise<OrderView> {
    return until(async () => {
      const view = await this.view();
      return test(view) ? view : undefined;
    });
  }

  async command<Name extends OrderCommand>(
    name: Name,
    body: CommandBodies[Name],
    by: { role: 'shop' | 'operator' } = { role: 'shop' },
  ) {
    await this.handle.executeUpdate(name, { args: [{ fingerprint: 'x', by, body }] });
  }

  async refused<Name extends OrderCommand>(name: Name, body: CommandBodies[Name]): Promise<string> {
    try {
      await this.command(name, body, operator);
    } catch (error) {
      if (error instanceof WorkflowUpdateFailedError) return (error.cause as Error).message;
      throw error;
    }
    throw new Error(`${name} was taken`);
  }

  async news(type: EventType, data: News['data'] = {}): Promise<void> {
    await this.handle.signal(type, { id: randomUUID(), timestamp: new Date().toISOString(), data });
  }

  /** Resets the run as the Web UI does. Later signals and Updates are sent again, except those in `without`. */
  async reset({ to = 'first', without = [] }: { to?: 'first' | 'before the command'; without?: Excluded[] } = {}) {
    const { events } = await this.handle.fetchHistory();
    let target = events![0]!.eventId!;
    for (const event of events ?? []) {
      if (event.workflowExecutionUpdateAcceptedEventAttributes) break;
      if (!event.workflowTaskCompletedEventAttributes) continue;
      target = event.eventId!;
      if (to === 'first') break;
    }
    const answer: temporal.api.workflowservice.v1.IResetWorkflowExecutionResponse =
      await server.client.workflowService.resetWorkflowExecution({
        namespace: server.namespace,
        workflowExecution: { workflowId: orderWorkflowId(this.id), runId: this.runId },
        workflowTaskFinishEventId: target,
        requestId: randomUUID(),
        reason: 'test',
        resetReapplyExcludeTypes: without,
      });
    this.runId = answer.runId!;
  }

  /** Reads what the services hold for the order. */
  async held() {
    const query = { orderId: this.id };
    const [pieces, payments, parcels] = await Promise.all([
      services.inventory.client.listReservations({ query }),
      services.payment.client.listPayments({ query }),
      services.shipping.client.listShipments({ query }),
    ]);
    return {
      pieces: pieces.items.filter((p) => p.state !== 'released').map((p) => p.state),
      authorized: payments.items.reduce((sum, p) => sum + p.authorized, 0),
      captured: payments.items.reduce((sum, p) => sum + p.captured, 0),
      parcels: parcels.items.map((p) => p.status),
    };
  }
}

const booked = (v: OrderView) => v.shipments.length > 0 && v.shipments.every((s) => s.status === 'booked');
const nothing = { pieces: [], authorized: 0, captured: 0, parcels: ['cancelled'] };

describe('a run that is reset to its first task', () => {
  it.each([
    ['the cancel is sent again', []],
    ['the cancel is left out', [updates]],
  ])('of a cancelled order waits to be abandoned, because its steps were undone: %s', async (_, without) => {
    const order = await new ResettableOrder().place();
    await order.reach(booked);
    await order.command('cancel', {});
    await order.handle.result();
    expect(await order.held()).toEqual(nothing);

    await order.reset({ without });
    const view = await order.reach((v) => v.status === 'needs_attention');
    expect(view.failure).toMatchObject({ code: 'reset_after_undo', step: 'reserveStock' });
    expect(view.possible).toEqual(['resolve']);
    expect(view.shipments).toEqual([]);
    expect(await order.refused('resolve', { action: 'retry', step: 'reserveStock' })).toContain('abandon');
    expect(await order.refused('resolve', { action: 'skip', step: 'reserveStock' })).toContain('abandon');
    expect(await order.refused('cancel', {})).toContain('abandon');
    expect(await order.held()).toEqual(nothing);
    const { view: stored } = await services.orders.client.getOrder({ params: { orderId: order.id } });
    expect(stored.status).toBe('needs_attention');

    await order.command('resolve', { action: 'abandon', step: 'reserveStock' }, operator);
    const end = (await order.handle.result()) as OrderView;
    expect(end).toMatchObject({ status: 'cancelled', failure: { code: 'cancelled_by_operator' } });
    expect(await order.held()).toEqual(nothing);
  });

  it('of an open order reaches the same state, and does nothing twice', async () => {
    const order = await new ResettableOrder().place();
    const before = await order.reach(booked);
    const held = await order.held();
    await order.reset();
    const after = await order.reach(booked);
    expect(after.shipments).toEqual(before.shipments);
    expect(await order.held()).toEqual(held);
    await order.news('shipment.delivered', { signedBy: 'A' });
    expect(await order.handle.result()).toMatchObject({ status: 'completed', payment: { captured: 2990 } });
  });

  it('of a completed order runs again from the kept answers and the news, and ends the same', async () => {
    const order = await new ResettableOrder().place();
    await order.reach(booked);
    await order.news('shipment.delivered', { signedBy: 'A' });
    const first = (await order.handle.result()) as OrderView;
    const held = await order.held();
    await order.reset();
    const again = (await order.handle.result()) as OrderView;
    expect(again).toMatchObject({ status: 'completed', payment: { captured: 2990 }, shipments: first.shipments });
    expect(await order.held()).toEqual(held);
  });

  it('of an order with one parcel dispatched finds that one dispatched and the other booked', async () => {
    const order = await new ResettableOrder().place({
      order: {
        lines: [
          { sku: 'vase', quantity: 1, unitPrice: 3000 },
          { sku: 'lamp', quantity: 1, unitPrice: 1000 },
        ],
      },
    });
    await order.reach(booked);
    await order.news('shipment.dispatched', { shipmentId: `${order.id}-east` });
    await order.reach((v) => v.status === 'shipping' && v.payment.captured > 0);
    const held = await order.held();
    await order.reset();
    const view = await order.reach((v) => v.status === 'shipping' && v.payment.captured > 0);
    expect(view.shipments.map((s) => s.status)).toEqual(['dispatched', 'booked']);
    expect(await order.held()).toEqual(held);
  });
});

describe('a run that is reset to a later task', () => {
  async function cancelled(): Promise<ResettableOrder> {
    const order = await new ResettableOrder().place();
    await order.reach(booked);
    await order.command('cancel', {});
    await order.handle.result();
    return order;
  }

  it('of a cancelled order gets its cancel again, and ends as before', async () => {
    const order = await cancelled();
    await order.reset({ to: 'before the command' });
    expect(await order.handle.result()).toMatchObject({
      status: 'cancelled',
      failure: { code: 'cancelled_by_customer' },
    });
    expect(await order.held()).toEqual(nothing);
  });

  it('without its cancel shows the state of its history, until a call finds that its subject was undone', async () => {
    const order = await cancelled();
    await order.reset({ to: 'before the command', without: [updates] });
    expect((await order.view()).status).toBe('confirmed');
    await order.news('shipment.dispatched');
    const view = await order.reach((v) => v.status === 'needs_attention');
    expect(view.failure).toMatchObject({ code: 'reset_after_undo', step: `capturePayment:${order.id}-east` });
    expect(await order.held()).toEqual(nothing);
    await order.command('resolve', { action: 'abandon', step: view.failure!.step }, operator);
    await order.reach((v) => v.status === 'shipping');
  });

  it('without its cancel can be cancelled again', async () => {
    const order = await cancelled();
    await order.reset({ to: 'before the command', without: [updates] });
    await order.command('cancel', {}, operator);
    expect(await order.handle.result()).toMatchObject({
      status: 'cancelled',
      failure: { code: 'cancelled_by_operator' },
    });
    expect(await order.held()).toEqual(nothing);
  });
});

describe('a run whose first task is lost after its undo', () => {
  it('gets the same answers, fails with the same rejection and ends', { timeout: 60_000 }, async () => {
    await worker.stop();
    const proxy = await Proxy.to(server.address);
    const release = activities.byService.inventory['inventory.release']!;
    let undone = 0;
    const lost = await startWorker(proxy.address, {
      ...activities.byService,
      inventory: {
        ...activities.byService.inventory,
        'inventory.release': async (input) => {
          const answer = await release(input);
          undone += 1;
          await proxy.close();
          return answer;
        },
      },
    });
    const order = await new ResettableOrder().place({ order: { payment: { method: 'card', token: 'tok_declined' } } });
    await until(() => undone === 1);
    const { events } = await order.handle.fetchHistory();
    expect(events!.some((e) => e.workflowTaskCompletedEventAttributes)).toBe(false);
    worker = await startWorker(server.address);
    await expect(order.handle.result()).rejects.toMatchObject({ cause: { type: 'payment_declined' } });
    expect((await order.view()).status).toBe('failed');
    expect(await order.held()).toMatchObject({ pieces: [], authorized: 0 });
    await lost.stop();
  });
});
