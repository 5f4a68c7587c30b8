import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ordersActivities } from '../../../activities/orders.js';
import type { OrderView, ReturnView } from '../../../contracts/order.js';
import { ordersClient } from '../../../services/orders/client.js';
import { databaseUrlOf } from '../../../services/support/database.js';
import { rebuildBook } from '../../../tools/cli/rebuild/run.js';
import { newestOfEach } from '../../../tools/cli/rebuild/returns.js';
import { latePaymentWorkflowId } from '../../../workflows/late-payment/messages.js';
import { orderWorkflowId } from '../../../workflows/order/messages.js';
import { returnsWorkflowId } from '../../../workflows/returns/messages.js';
import { anOrder } from '../../api/support/orders.js';
import { startSystem, type ApiSystem } from '../../api/support/system.js';
import { sendWebhook } from '../../api/support/webhook.js';
import { startWorker, type TestWorker } from '../../api/support/worker.js';
import { returnView } from '../../services/orders/views.js';
import { until } from '../../support/until.js';
import { serviceToken } from '../../support/service-token.js';

let system: ApiSystem;
let worker: TestWorker;
let bookIsDown = false;
beforeAll(async () => {
  system = await startSystem();
  const { load } = ordersActivities(ordersClient({ baseUrl: system.book.url, token: serviceToken }));
  worker = await startWorker(system, {
    'orders.load': (input) => {
      if (bookIsDown) throw new Error('the book is down');
      return load(input);
    },
  });
});
afterEach(() => {
  bookIsDown = false;
});
afterAll(() => system?.close());

const read = async (id: string) => (await system.as('shop').get(`/v1/orders/${id}`)).body;
const runs = (workflowId: string) => system.temporal.client.workflow.getHandle(workflowId);

async function completed(): Promise<string> {
  const { body } = await system.as('shop').place(anOrder({ carrier: 'external' }), randomUUID());
  await until(async () => (await read(body.id)).status === 'confirmed');
  await webhook({ type: 'shipment.delivered', data: { orderId: body.id, signedBy: 'A. Example' } });
  await until(async () => (await read(body.id)).status === 'completed');
  return body.id;
}
const webhook = (event: Parameters<typeof sendWebhook>[1]) => sendWebhook(system.as(undefined), event);
const giveBack = (id: string, reason = 'chipped') =>
  system
    .as('shop')
    .post<OrderView & { code: string }>(`/v1/orders/${id}/returns`, { lines: [{ sku: 'mug', quantity: 1 }], reason });

/** Requests and receives a return, and waits until its run is closed. */
async function returned(id: string): Promise<ReturnView> {
  const { returns } = (await giveBack(id)).body;
  const { id: returnId } = returns.at(-1)!;
  await webhook({ type: 'return.received', data: { orderId: id, returnId } });
  await runs(returnsWorkflowId(id)).result();
  return (await read(id)).returns.find((each) => each.id === returnId)!;
}

async function rebuild(): Promise<{ status: number; printed: string }> {
  let printed = '';
  const env = { TEMPORAL_ADDRESS: system.temporal.address, ORDERS_URL: system.book.url, SERVICE_TOKEN: serviceToken };
  const status = await rebuildBook({ env, print: (text) => void (printed += text) });
  return { status, printed };
}

/** Empties the book, as after a loss of its database. */
async function emptyTheBook(): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrlOf(system.database.url, 'orders') });
  await client.connect();
  await client.query('truncate orders');
  await client.end();
}

describe('a rebuild', () => {
  it('keeps a closed return, although the latest run of the returns cannot load the order', async () => {
    const id = await completed();
    const back = await returned(id);
    expect(back).toMatchObject({ status: 'closed', refunded: 1250 });
    bookIsDown = true;
    const refused = await giveBack(id);
    expect([refused.status, refused.body.code]).toEqual([503, 'not_processed_yet']);
    await until(async () => (await runs(returnsWorkflowId(id)).describe()).status.name === 'COMPLETED');
    bookIsDown = false;

    const before = await read(id);
    expect((await rebuild()).status).toBe(0);
    expect(await read(id)).toEqual(before);
    expect(before).toMatchObject({ returns: [back], payment: { refunded: 1250 } });

    await emptyTheBook();
    expect((await rebuild()).status).toBe(0);
    expect(await read(id)).toMatchObject({ returns: [back], payment: { refunded: 1250 } });
  });

  it('restores the returns of all runs to an emptied book, each in its newest state', async () => {
    const id = await completed();
    const first = await returned(id);
    const second = await returned(id);
    expect(second.refunded).toBe(2990 - first.refunded);
    await emptyTheBook();
    const { status, printed } = await rebuild();
    expect([status, printed]).toEqual([0, expect.stringContaining('0 could not be read')]);
    expect(await read(id)).toMatchObject({ returns: [first, second], payment: { refunded: 2990 }, possible: [] });
    const more = await giveBack(id);
    expect([more.status, more.body.code]).toEqual([422, 'return_exceeds_delivered']);
  });

  it('restores late payments and their refunds, from every run that reports them', async () => {
    const id = await completed();
    await runs(orderWorkflowId(id)).result();
    const late = { type: 'payment.succeeded', data: { orderId: id, amount: 2990, currency: 'EUR' } } as const;
    for (const attempts of [2, 3]) {
      await webhook(late);
      await until(async () => (await read(id)).payment.attempts.length === attempts);
      await runs(latePaymentWorkflowId(id)).result();
    }
    const before = await read(id);
    expect(before.payment.attempts.map(({ outcome }) => outcome)).toEqual(['authorized', 'returned', 'returned']);
    const { revision } = before;
    expect((await rebuild()).status).toBe(0);
    expect((await read(id)).revision).toBe(revision);
    await emptyTheBook();
    expect((await rebuild()).status).toBe(0);
    expect((await read(id)).payment).toEqual(before.payment);
  });

  it('uses the latest run of an order that was reset', async () => {
    const { body } = await system.as('shop').place(anOrder({ payment: { method: 'later' } }), randomUUID());
    await until(async () => (await read(body.id)).status === 'awaiting_payment');
    const { runId } = await runs(orderWorkflowId(body.id)).describe();
    await system.as('shop').post(`/v1/orders/${body.id}/cancel`, {});
    await until(async () => (await read(body.id)).status === 'cancelled');
    await runs(orderWorkflowId(body.id)).result();
    await system.temporal.client.workflowService.resetWorkflowExecution({
      namespace: system.temporal.namespace,
      workflowExecution: { workflowId: orderWorkflowId(body.id), runId },
      workflowTaskFinishEventId: 3 as never, // protobuf accepts a number here, although its types require a Long
      requestId: randomUUID(),
      reason: 'test',
      resetReapplyType: 2, // RESET_REAPPLY_TYPE_NONE: the cancel is not sent again
    });
    await until(async () => (await read(body.id)).status === 'awaiting_payment');
    await emptyTheBook();
    await rebuild();
    const { view } = await system.bookClient.getOrder({ params: { orderId: body.id } });
    expect(view.status).toBe('awaiting_payment');
  });

  // Without a worker each of the two rebuilds waits for the 10 s deadline of its queries, for returns and then for orders.
  it(
    'reports the returns that it cannot read, and writes no order without its returns',
    { timeout: 120_000 },
    async () => {
      const id = await completed();
      const back = await returned(id);
      await giveBack(id);
      await worker.stop();
      const before = await read(id);
      const { status, printed } = await rebuild();
      expect(status).toBe(1);
      expect(printed).toContain(`not read: ${returnsWorkflowId(id)}`);
      expect(await read(id)).toEqual(before);

      await emptyTheBook();
      const again = await rebuild();
      expect(again.status).toBe(1);
      expect(again.printed).toMatch(
        new RegExp(`^not read: ${orderWorkflowId(id)} .* not written, as its returns`, 'm'),
      );
      await expect(system.bookClient.getOrder({ params: { orderId: id } })).rejects.toMatchObject({
        code: 'not_found',
      });
      worker = await startWorker(system);
      expect((await rebuild()).status).toBe(0);
      const { revision: _revision, updatedAt: _updatedAt, ...same } = before;
      expect(await read(id)).toMatchObject(same);
      expect(before.returns).toMatchObject([back, { status: 'approved' }]);
    },
  );
});

it('takes each return from the latest run that reports it', () => {
  const told = (runId: string, ...returns: ReturnView[]) => ({
    publication: { orderId: 'ord_1', position: { runId, length: 1, at: 1, seq: 1 }, returns },
  });
  const [a, b] = [returnView({ id: 'a' }), returnView({ id: 'b' })];
  const closed = returnView({ id: 'a', status: 'closed' });
  expect(newestOfEach([told('1', a), told('2'), told('3', closed, b)])).toEqual([
    told('1'),
    told('2'),
    told('3', closed, b),
  ]);
  expect(newestOfEach([told('1', closed), told('2', b)])).toEqual([told('1', closed), told('2', b)]);
});
