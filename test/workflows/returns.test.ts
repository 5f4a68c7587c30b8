import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ReturnableOrder } from '../../activities/orders.js';
import type { ReturnView } from '../../contracts/order.js';
import type { ReturnsPublication } from '../../contracts/publication.js';
import { workflowBundle } from '../../src/worker/bundle.js';
import { ordersTaskQueue, returnsWorkflowId, returnsWorkflowType } from '../../workflows/messages.js';
import type { News, CommandAnswer, ReturnsInput } from '../../workflows/messages.js';
import type { processReturns } from '../../workflows/process-returns.js';
import { timeSkippingEnvironment } from '../support/time-skipping.js';
import { until } from '../support/until.js';
import { fakeActivities } from './fake-activities.js';
import { startWorkers } from './workers.js';

Runtime.install({ logger: new DefaultLogger('ERROR') });

const book = new Map<string, ReturnableOrder>();
const published: ReturnsPublication[] = [];
let bookIsDown = false;
/** Orders whose refunds the payment service refuses. */
const refusing = new Set<string>();
const { activities, recorded } = fakeActivities({
  'payment.refund': ({ orderId, amount }) => {
    if (refusing.has(orderId)) throw ApplicationFailure.nonRetryable('Closed for today.', 'refunds_closed');
    return Promise.resolve({ captured: amount, refunded: amount });
  },
  'orders.load': ({ orderId }) => {
    if (bookIsDown) throw new Error('the book is down');
    return Promise.resolve(book.get(orderId) ?? null);
  },
  'orders.publishReturns': (publication) => {
    published.push(publication);
    const order = book.get(publication.orderId)!;
    book.set(order.id, { ...order, returns: publication.returns });
    return Promise.resolve(published.length);
  },
});

let env: TestWorkflowEnvironment;
let stopWorkers: () => Promise<void>;
beforeAll(async () => {
  env = await timeSkippingEnvironment();
  stopWorkers = await startWorkers(env.nativeConnection, await workflowBundle(), activities);
});
afterAll(async () => {
  await stopWorkers?.();
  await env?.teardown();
});

async function completedOrder(): Promise<ReturnableOrder> {
  const order: ReturnableOrder = {
    id: `ord_${randomUUID().slice(0, 8)}`,
    status: 'completed',
    returnableUntil: new Date((await env.currentTimeMs()) + 30 * 86_400_000).toISOString(),
    lines: [
      { sku: 'mug', quantity: 3, unitPrice: 1000, reserved: 3 },
      { sku: 'tee', quantity: 1, unitPrice: 2001, reserved: 1 },
    ],
    shippingFee: 490,
    adjustments: [{ kind: 'discount', label: 'spring', amount: -500 }],
    returns: [],
    captured: 3000 + 2001 + 490 - 500,
    refunded: 0,
    delivered: [
      {
        shipmentId: 's',
        lines: [
          { sku: 'mug', quantity: 3 },
          { sku: 'tee', quantity: 1 },
        ],
      },
    ],
  };
  book.set(order.id, order);
  return order;
}

/** @returns the order's returns after one more was asked for. */
async function ask(...asked: Parameters<typeof request>): Promise<ReturnView[]> {
  const { revision } = await request(...asked);
  expect(published[revision - 1]!.orderId).toBe(asked[0].id);
  return published[revision - 1]!.returns;
}

function request(
  order: ReturnableOrder,
  lines: { sku: string; quantity: number }[],
  limit = 1_000_000,
): Promise<CommandAnswer> {
  const input: ReturnsInput = {
    orderId: order.id,
    shopId: 'demo',
    process: { name: 'returns', version: 1 },
    returnReviewLimit: limit,
    stepRetryBudgetMs: 1000,
  };
  const returnId = `ret_${randomUUID().slice(0, 8)}`;
  return env.client.workflow.executeUpdateWithStart<typeof processReturns, CommandAnswer, [object]>('requestReturn', {
    args: [{ fingerprint: 'x', by: { role: 'shop' }, body: { returnId, lines, reason: 'too many' } }],
    startWorkflowOperation: new WithStartWorkflowOperation(returnsWorkflowType, {
      workflowId: returnsWorkflowId(order.id),
      taskQueue: ordersTaskQueue,
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    }),
  });
}

const run = (order: ReturnableOrder) => env.client.workflow.getHandle(returnsWorkflowId(order.id));
const received = (order: ReturnableOrder, returnId?: string) =>
  run(order).signal<[News]>('return.received', {
    id: randomUUID(),
    timestamp: '2020-01-01T00:00:00.000Z',
    data: { ...(returnId === undefined ? {} : { returnId }) },
  });
const finished = (order: ReturnableOrder) => run(order).result() as Promise<ReturnView[]>;
async function refusalOf(promise: Promise<unknown>): Promise<{ type: string; details: unknown[] }> {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  if (!(error instanceof WorkflowUpdateFailedError)) throw new Error(`not refused: ${String(error)}`);
  return error.cause as never;
}

it('refunds a part with its part of the discount, and the fee with the last piece', async () => {
  const order = await completedOrder();
  const first = await ask(order, [{ sku: 'mug', quantity: 2 }]);
  expect(first).toMatchObject([{ status: 'approved', refunded: 0, lines: [{ sku: 'mug', quantity: 2 }] }]);
  await received(order);
  // 2000 - 500 x 2000 / 5001 rounded toward zero (199)
  expect(await finished(order)).toMatchObject([{ status: 'closed', refunded: 1801 }]);

  // The first run has closed; the second counts what it did from the book.
  book.set(order.id, { ...book.get(order.id)!, refunded: 1801 });
  await ask(order, [
    { sku: 'mug', quantity: 1 },
    { sku: 'tee', quantity: 1 },
  ]);
  await received(order);
  const all = await finished(order);
  expect(all.map((r) => r.refunded)).toEqual([1801, order.captured - 1801]);
  expect(published.at(-1)!.returns).toHaveLength(2);
  const calls = recorded.calls.filter((c) => c.input.orderId === order.id).map((c) => c.type);
  expect(calls.filter((t) => t === 'inventory.restock')).toHaveLength(2);
  expect(calls.filter((t) => t === 'payment.refund')).toHaveLength(2);
});

it('lets only one of two requests have the last pieces', async () => {
  const order = await completedOrder();
  const both = await Promise.allSettled([
    ask(order, [{ sku: 'mug', quantity: 2 }]),
    ask(order, [{ sku: 'mug', quantity: 2 }]),
  ]);
  expect(both.map((r) => r.status).sort()).toEqual(['fulfilled', 'rejected']);
  const refused = both.find((r) => r.status === 'rejected')!;
  expect((refused.reason as WorkflowUpdateFailedError).cause).toMatchObject({
    type: 'return_exceeds_delivered',
    details: [{ errors: [{ path: '/lines/0/quantity', message: expect.stringContaining('at most 1') as string }] }],
  });
  await received(order);
  expect(await finished(order)).toHaveLength(1);
});

it('waits for an operator above the limit; a rejected return gives its pieces back', async () => {
  const order = await completedOrder();
  const asked = await ask(order, [{ sku: 'tee', quantity: 1 }], 100);
  const { id } = asked[0]!;
  expect(asked[0]!.status).toBe('requested');
  const review = (decision: string) =>
    run(order).executeUpdate<CommandAnswer, [object]>('reviewReturn', {
      args: [{ fingerprint: 'r', by: { role: 'operator' }, body: { returnId: id, decision } }],
    });
  const answer = await review('reject');
  expect(published[answer.revision - 1]!.returns).toMatchObject([{ id, status: 'rejected', refunded: 0 }]);
  expect(await finished(order)).toMatchObject([{ status: 'rejected' }]);
  expect(recorded.calls.some((c) => c.input.orderId === order.id)).toBe(false);

  const again = await ask(order, [{ sku: 'tee', quantity: 1 }]);
  expect(again.map((r) => r.status)).toEqual(['rejected', 'approved']);
  await received(order, again[1]!.id);
  expect(await finished(order)).toMatchObject([{ status: 'rejected' }, { status: 'closed' }]);
});

it('refuses what cannot be returned, and publishes nothing of it', async () => {
  const order = await completedOrder();
  const before = published.length;
  expect(await refusalOf(ask(order, [{ sku: 'lamp', quantity: 1 }]))).toMatchObject({
    type: 'return_exceeds_delivered',
    details: [{ errors: [{ path: '/lines/0/sku' }] }],
  });
  book.set(order.id, { ...order, status: 'shipping' });
  expect(await refusalOf(ask(order, [{ sku: 'mug', quantity: 1 }]))).toMatchObject({ type: 'wrong_status' });
  book.set(order.id, { ...order, returnableUntil: '2001-01-01T00:00:00.000Z' });
  expect(await refusalOf(ask(order, [{ sku: 'mug', quantity: 1 }]))).toMatchObject({ type: 'wrong_status' });
  bookIsDown = true;
  expect(await refusalOf(ask(order, [{ sku: 'mug', quantity: 1 }]))).toMatchObject({ type: 'not_processed_yet' });
  bookIsDown = false;
  expect(published).toHaveLength(before);
});

it('a refused refund keeps the run open and says so, until an operator has it made again', async () => {
  const order = await completedOrder();
  const [back] = await ask(order, [{ sku: 'tee', quantity: 1 }]);
  const retry = (returnId: string) =>
    run(order).executeUpdate<CommandAnswer, [object]>('retryReturn', {
      args: [{ fingerprint: 't', by: { role: 'operator' }, body: { returnId } }],
    });
  expect(await refusalOf(retry(back!.id))).toMatchObject({ type: 'wrong_status' });
  expect(await refusalOf(retry('ret_unknown'))).toMatchObject({ type: 'not_found' });
  refusing.add(order.id);
  await received(order);
  const details = () => run(order).query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  await until(async () => (await details()).currentDetails?.includes('refund: refunds_closed') === true);
  expect(published.at(-1)!.returns).toMatchObject([{ id: back!.id, status: 'received', refunded: 0 }]);
  refusing.delete(order.id);
  await retry(back!.id);
  expect(await finished(order)).toMatchObject([{ id: back!.id, status: 'closed', refunded: 1801 }]);
  const refunds = recorded.calls.filter((c) => c.type === 'payment.refund' && c.input.orderId === order.id);
  expect(refunds.map((c) => c.key)).toEqual([refunds[0]!.key, `${refunds[0]!.key}#2`]);
});

const operatorUpdate = (order: ReturnableOrder, name: string, body: object) =>
  run(order).executeUpdate<CommandAnswer, [object]>(name, {
    args: [{ fingerprint: 'x', by: { role: 'operator' }, body }],
  });

it('a Cancel from the Web UI is not taken, and leaves every command its answer', async () => {
  const order = await completedOrder();
  const first = (await ask(order, [{ sku: 'tee', quantity: 1 }], 100))[0]!;
  await run(order).cancel();
  const second = (await ask(order, [{ sku: 'mug', quantity: 1 }]))[1]!;
  for (const { id } of [first, second]) {
    const { revision } = await operatorUpdate(order, 'reviewReturn', { returnId: id, decision: 'approve' });
    expect(published[revision - 1]!.returns.find((r) => r.id === id)!.status).toBe('approved');
  }
  refusing.add(order.id);
  await received(order, second.id);
  const stuck = () => run(order).query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  await until(async () => (await stuck()).currentDetails?.includes('refund: refunds_closed') === true);
  refusing.delete(order.id);
  await operatorUpdate(order, 'retryReturn', { returnId: second.id });
  await received(order, first.id);
  expect((await finished(order)).map((r) => r.status)).toEqual(['closed', 'closed']);
});

it('what is sent by hand and does not fit is ignored or refused', async () => {
  const order = await completedOrder();
  const { id } = (await ask(order, [{ sku: 'mug', quantity: 1 }], 1))[0]!;
  const noise: object[] = [[{}], [null], ['x'], [7], []];
  const news = { id: 'e', timestamp: '2020-01-01T00:00:00.000Z' };
  const misfits = [...noise, [{ ...news, data: { returnId: 5 } }], [{ ...news, timestamp: 5, data: {} }]];
  for (const args of misfits) await run(order).signal('return.received', ...(args as unknown[]));
  const wrong: [string, object][] = [
    ['requestReturn', { returnId: 'r', lines: [], reason: 'x' }],
    ['requestReturn', { returnId: 'r', lines: {}, reason: 'x' }],
    ['requestReturn', { returnId: 'r', lines: [{ sku: 'mug', quantity: 0 }], reason: 'x' }],
    ['requestReturn', { returnId: 'r', lines: [1, 1].map((quantity) => ({ sku: 'mug', quantity })), reason: 'x' }],
    ['requestReturn', { returnId: 5, lines: [{ sku: 'mug', quantity: 1 }], reason: 'x' }],
    ['reviewReturn', { returnId: id, decision: 'maybe' }],
    ['retryReturn', {}],
  ];
  for (const [name, body] of wrong)
    expect(await refusalOf(operatorUpdate(order, name, body))).toMatchObject({
      type: 'validation_failed',
      details: [{ orderStatus: 'completed', errors: expect.anything() as unknown }],
    });
  for (const name of ['requestReturn', 'reviewReturn', 'retryReturn'])
    for (const args of noise)
      expect(await refusalOf(run(order).executeUpdate(name, { args: args as [unknown] }))).toMatchObject({
        type: 'validation_failed',
      });
  await operatorUpdate(order, 'reviewReturn', { returnId: id, decision: 'reject' });
  expect(await finished(order)).toMatchObject([{ id, status: 'rejected' }]);
});
