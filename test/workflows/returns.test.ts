import { randomUUID } from 'node:crypto';
import { Client, WithStartWorkflowOperation, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActivityName } from '../../activities/index.js';
import { defined } from '../../contracts/defined.js';
import type { ReturnableOrder } from '../../activities/orders.js';
import type { ReturnView } from '../../contracts/order.js';
import { mostReturnedLines } from '../../contracts/returns.js';
import type { ReturnsPublication } from '../../contracts/publication.js';
import { workflowBundle } from '../../src/worker/bundle.js';
import { ordersTaskQueue } from '../../workflows/temporal/protocol.js';
import { returnsWorkflowId, returnsWorkflowType } from '../../workflows/returns/messages.js';
import type { News } from '../../workflows/events.js';
import type { CommandAnswer } from '../../workflows/temporal/protocol.js';
import type { ReturnsInput } from '../../workflows/returns/messages.js';
import type { processReturns } from '../../workflows/returns/workflow.js';
import { untilAccepted } from '../support/accepted.js';
import { timeSkippingEnvironment } from '../support/time-skipping.js';
import { until as isSo } from '../support/until.js';
import { FakeWorld } from './fake-world.js';
import { Gate } from './misbehaviour.js';
import { startWorkers } from './workers.js';

Runtime.install({ logger: new DefaultLogger('ERROR') });

const book = new Map<string, ReturnableOrder>();
/** Merges a publication as the book does: by id, without ever removing a return. */
function merge({ orderId, returns }: ReturnsPublication): void {
  const order = book.get(orderId)!;
  const byId = new Map([...order.returns, ...returns].map((each) => [each.id, each]));
  const refundedBy = (all: Iterable<ReturnView>) => [...all].reduce((sum, each) => sum + each.refunded, 0);
  const refunded = order.refunded - refundedBy(order.returns) + refundedBy(byId.values());
  book.set(orderId, { ...order, returns: [...byId.values()], refunded });
}
const published: ReturnsPublication[] = [];
/** Ids of the orders read from the book, one entry for each read. */
const loaded: string[] = [];
let bookIsDown = false;
/** Ids of the orders whose refunds the payment service rejects. */
const refusing = new Set<string>();
/** Holds the refunds of these orders. */
const held = new Map<string, Gate>();
const world = new FakeWorld({
  // These orders were sold before the test began.
  'inventory.restock': () => Promise.resolve({}),
  'payment.refund': async ({ orderId, amount }) => {
    await held.get(orderId)?.behave(undefined, () => Promise.resolve());
    if (refusing.has(orderId)) throw ApplicationFailure.nonRetryable('Closed for today.', 'refunds_closed');
    return { captured: amount, refunded: amount };
  },
  'orders.load': ({ orderId }) => {
    loaded.push(orderId);
    if (bookIsDown) throw new Error('the book is down');
    return Promise.resolve(book.get(orderId) ?? null);
  },
  'orders.publishReturns': (publication) => {
    published.push(publication);
    merge(publication);
    return Promise.resolve(published.length);
  },
});

let env: TestWorkflowEnvironment;
let client: Client;
let stopWorkers: () => Promise<void>;
beforeAll(async () => {
  env = await timeSkippingEnvironment();
  client = new Client({ connection: env.connection });
  stopWorkers = await startWorkers(env.nativeConnection, await workflowBundle(), world.activities);
});
afterAll(async () => {
  await stopWorkers?.();
  await env?.teardown();
});

const until = (ask: () => Promise<boolean>) => world.guard(isSo(ask));

async function completedOrder(overrides: Partial<ReturnableOrder> = {}): Promise<ReturnableOrder> {
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
    ...overrides,
  };
  book.set(order.id, order);
  return order;
}

/** Makes a paid and fully delivered order with these lines, this fee and this discount. */
function boughtAs(
  lines: { sku: string; quantity: number; unitPrice: number }[],
  shippingFee: number,
  discount = 0,
): Promise<ReturnableOrder> {
  return completedOrder({
    lines: lines.map((l) => ({ ...l, reserved: l.quantity })),
    shippingFee,
    adjustments: discount === 0 ? [] : [{ kind: 'discount', label: 'x', amount: -discount }],
    captured: lines.reduce((sum, l) => sum + l.quantity * l.unitPrice, shippingFee - discount),
    delivered: [{ shipmentId: 's', lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) }],
  });
}

/** Requests a return, and reads all returns of the order from the book. */
async function ask(...asked: Parameters<typeof request>): Promise<ReturnView[]> {
  const { revision } = await request(...asked);
  expect(published[revision - 1]!.orderId).toBe(asked[0].id);
  return book.get(asked[0].id)!.returns;
}

function request(
  order: ReturnableOrder,
  lines: { sku: string; quantity: number }[],
  limit = 1_000_000,
  returnId = `ret_${randomUUID().slice(0, 8)}`,
): Promise<CommandAnswer> {
  const input: ReturnsInput = {
    orderId: order.id,
    shopId: 'demo',
    process: { name: 'returns', version: 1 },
    returnReviewLimit: limit,
    stepRetryBudgetMs: 1000,
  };
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

/** The order's run, through a client that does not skip time. Skipping while a test waits would end the window of a later return. */
const run = (order: ReturnableOrder) => client.workflow.getHandle(returnsWorkflowId(order.id));
const received = (order: ReturnableOrder, returnId?: string, lines?: News['data']['lines']) =>
  run(order).signal<[News]>('return.received', {
    id: randomUUID(),
    timestamp: '2020-01-01T00:00:00.000Z',
    data: { ...defined({ returnId, lines }) },
  });
/** Waits until the return is closed, and reads it with its refund. */
async function closed(order: ReturnableOrder, returnId: string): Promise<ReturnView> {
  let view: ReturnView | undefined;
  await until(() => {
    view = book.get(order.id)!.returns.find(({ id }) => id === returnId);
    return Promise.resolve(view?.status === 'closed');
  });
  return view!;
}
const review = (order: ReturnableOrder, returnId: string, decision: 'approve' | 'reject') =>
  run(order).executeUpdate<CommandAnswer, [object]>('reviewReturn', {
    args: [{ fingerprint: 'r', by: { role: 'operator' }, body: { returnId, decision } }],
  });
const callsOf = (order: ReturnableOrder, type: ActivityName) => world.of(order.id).callsOf(type);
/** Waits for the run to complete, and reads its result only then. Waiting for the result would skip time. */
async function finished(order: ReturnableOrder): Promise<ReturnView[]> {
  await until(async () => (await run(order).describe()).status.name === 'COMPLETED');
  return (await run(order).result()) as ReturnView[];
}
async function refusalOf(promise: Promise<unknown>): Promise<{ type: string; details: unknown[] }> {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  if (!(error instanceof WorkflowUpdateFailedError)) throw new Error(`not refused: ${String(error)}`);
  return error.cause as never;
}

it('refunds some pieces with their share of the discount, and the fee with the last piece', async () => {
  const order = await completedOrder();
  const first = await ask(order, [{ sku: 'mug', quantity: 2 }]);
  expect(first).toMatchObject([{ status: 'approved', refunded: 0, lines: [{ sku: 'mug', quantity: 2 }] }]);
  await received(order);
  // 2000 - 500 x 2000 / 5001 rounded toward zero (199)
  expect(await finished(order)).toMatchObject([{ status: 'closed', refunded: 1801 }]);

  // The first run has closed. The second run reads the first return from the book.
  await ask(order, [
    { sku: 'mug', quantity: 1 },
    { sku: 'tee', quantity: 1 },
  ]);
  await received(order);
  const all = await finished(order);
  expect(all.map((r) => r.refunded)).toEqual([1801, order.captured - 1801]);
  expect(book.get(order.id)!.returns).toEqual(all);
  // Each run publishes only its own returns.
  expect(published.at(-1)!.returns.map(({ id }) => id)).toEqual([all[1]!.id]);
  expect(callsOf(order, 'inventory.restock')).toHaveLength(2);
  expect(callsOf(order, 'payment.refund')).toHaveLength(2);
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
  const answer = await review(order, id, 'reject');
  expect(published[answer.revision - 1]!.returns).toMatchObject([{ id, status: 'rejected', refunded: 0 }]);
  expect(await finished(order)).toMatchObject([{ status: 'rejected' }]);
  expect(world.of(order.id).calls).toEqual([]);

  const again = await ask(order, [{ sku: 'tee', quantity: 1 }]);
  expect(again.map((r) => r.status)).toEqual(['rejected', 'approved']);
  await received(order, again[1]!.id);
  expect(await finished(order)).toMatchObject([{ status: 'rejected' }, { status: 'closed' }]);
});

it('refuses a return that is not possible, and publishes nothing', async () => {
  const order = await completedOrder();
  const before = published.length;
  expect(await refusalOf(ask(order, [{ sku: 'lamp', quantity: 1 }]))).toMatchObject({
    type: 'return_exceeds_delivered',
    // The order has to be loaded first, so the command is in the history when it is refused.
    details: [{ errors: [{ path: '/lines/0/sku' }], kept: true }],
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

const operatorUpdate = (order: ReturnableOrder, name: string, body: object) =>
  run(order).executeUpdate<CommandAnswer, [object]>(name, {
    args: [{ fingerprint: 'x', by: { role: 'operator' }, body }],
  });

const retry = (order: ReturnableOrder, returnId: string) => operatorUpdate(order, 'retryReturn', { returnId });

/** A return is received, the payment service rejects its refund, and the run shows that. */
async function refundRejected(order: ReturnableOrder, returnId?: string): Promise<void> {
  refusing.add(order.id);
  await received(order, returnId);
  const details = () => run(order).query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  await until(async () => (await details()).currentDetails?.includes('refund: refunds_closed') === true);
}

it('a rejected refund keeps the run open and is shown, until an operator retries it', async () => {
  const order = await completedOrder();
  const [back] = await ask(order, [{ sku: 'tee', quantity: 1 }]);
  expect(await refusalOf(retry(order, back!.id))).toMatchObject({ type: 'wrong_status' });
  expect(await refusalOf(retry(order, 'ret_unknown'))).toMatchObject({ type: 'not_found' });
  await refundRejected(order);
  expect(published.at(-1)!.returns).toMatchObject([{ id: back!.id, status: 'received', refunded: 0 }]);
  refusing.delete(order.id);
  await retry(order, back!.id);
  expect(await finished(order)).toMatchObject([{ id: back!.id, status: 'closed', refunded: 1801 }]);
  const refunds = callsOf(order, 'payment.refund');
  expect(refunds.map((c) => c.key)).toEqual([refunds[0]!.key, `${refunds[0]!.key}#2`]);
});

it('a Cancel from the Web UI is not taken, and every command still gets its answer', async () => {
  const order = await completedOrder();
  const first = (await ask(order, [{ sku: 'tee', quantity: 1 }], 100))[0]!;
  await run(order).cancel();
  const second = (await ask(order, [{ sku: 'mug', quantity: 1 }]))[1]!;
  for (const { id } of [first, second]) {
    const { revision } = await operatorUpdate(order, 'reviewReturn', { returnId: id, decision: 'approve' });
    expect(published[revision - 1]!.returns.find((r) => r.id === id)!.status).toBe('approved');
  }
  await refundRejected(order, second.id);
  refusing.delete(order.id);
  await retry(order, second.id);
  await received(order, first.id);
  expect((await finished(order)).map((r) => r.status)).toEqual(['closed', 'closed']);
});

it('a message sent by hand that does not fit is ignored or refused', async () => {
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
  for (const [name, body] of wrong) {
    expect(await refusalOf(operatorUpdate(order, name, body))).toMatchObject({
      type: 'validation_failed',
      details: [{ orderStatus: 'completed', errors: expect.anything() as unknown }],
    });
  }
  for (const name of ['requestReturn', 'reviewReturn', 'retryReturn']) {
    for (const args of noise) {
      expect(await refusalOf(run(order).executeUpdate(name, { args: args as [unknown] }))).toMatchObject({
        type: 'validation_failed',
      });
    }
  }
  await operatorUpdate(order, 'reviewReturn', { returnId: id, decision: 'reject' });
  expect(await finished(order)).toMatchObject([{ id, status: 'rejected' }]);
});

describe('the refund of a return', () => {
  const mugs = [{ sku: 'mug', quantity: 12 }];
  const tee = [{ sku: 'tee', quantity: 1 }];
  const mugsAndTee = () =>
    boughtAs(
      [
        { sku: 'mug', quantity: 12, unitPrice: 1000 },
        { sku: 'tee', quantity: 1, unitPrice: 1000 },
      ],
      490,
    );

  it('leaves out pieces that are not back: requested and rejected later', async () => {
    const order = await mugsAndTee();
    await ask(order, mugs, 10_000, 'ret_mugs');
    await ask(order, tee, 10_000, 'ret_tee');
    await received(order, 'ret_tee');
    expect((await closed(order, 'ret_tee')).refunded).toBe(1000);
    await review(order, 'ret_mugs', 'reject');
    expect((await finished(order)).map((r) => [r.status, r.refunded])).toEqual([
      ['rejected', 0],
      ['closed', 1000],
    ]);
    await ask(order, mugs, 1_000_000, 'ret_mugs_after_all');
    await received(order, 'ret_mugs_after_all');
    expect((await finished(order)).at(-1)).toMatchObject({ status: 'closed', refunded: 12_490 });
  });

  it('leaves out pieces that are not back: approved and never sent in', async () => {
    const order = await mugsAndTee();
    await ask(order, mugs, 1_000_000, 'ret_mugs');
    await ask(order, tee, 1_000_000, 'ret_tee');
    await received(order, 'ret_tee');
    expect((await closed(order, 'ret_tee')).refunded).toBe(1000);
    expect(book.get(order.id)!.returns.map((r) => r.status)).toEqual(['approved', 'closed']);
    await run(order).terminate();
  });

  it('is cumulative: rounding takes nothing from the last pieces', async () => {
    const order = await boughtAs([{ sku: 'pin', quantity: 20, unitPrice: 5 }], 30, 55);
    // Totals for 1, 2, 3 and 4 pieces: 5 - 2.75, 10 - 5.5, 15 - 8.25 and 20 - 11. Each total is rounded as a whole.
    for (const [n, refund] of [3, 2, 2, 2].entries()) {
      await ask(order, [{ sku: 'pin', quantity: 1 }], 1_000_000, `ret_${n}`);
      await received(order, `ret_${n}`);
      expect((await finished(order)).at(-1)).toMatchObject({ status: 'closed', refunded: refund });
    }
    await ask(order, [{ sku: 'pin', quantity: 16 }], 1_000_000, 'ret_rest');
    await received(order, 'ret_rest');
    expect((await finished(order)).at(-1)!.refunded).toBe(100 - 55 + 30 - 9);
    expect(book.get(order.id)!.refunded).toBe(order.captured);
  });

  it('includes the fee only once for two returns received at the same moment', async () => {
    const order = await mugsAndTee();
    await ask(order, mugs, 1_000_000, 'ret_mugs');
    await ask(order, tee, 1_000_000, 'ret_tee');
    await received(order);
    // The fee goes with the last one.
    expect((await finished(order)).map((r) => r.refunded)).toEqual([12_000, 1490]);
  });

  it('counts parcels that never arrived as paid back by the order', async () => {
    const order = await completedOrder({
      shippingFee: 500,
      adjustments: [],
      captured: 3000 + 2001 + 500,
      // The tee was lost, and paid back with its part of the fee.
      refunded: 2001 + 200,
      delivered: [{ shipmentId: 's', lines: [{ sku: 'mug', quantity: 3 }] }],
    });
    await ask(order, [{ sku: 'mug', quantity: 1 }], 1_000_000, 'ret_one');
    await received(order, 'ret_one');
    expect((await finished(order)).at(-1)!.refunded).toBe(1000);
    await ask(order, [{ sku: 'mug', quantity: 2 }], 1_000_000, 'ret_two');
    await received(order, 'ret_two');
    expect((await finished(order)).at(-1)!.refunded).toBe(2300);
    expect(book.get(order.id)!.refunded).toBe(order.captured);
  });

  it('covers only the pieces that came back, when fewer came than were announced', async () => {
    const order = await mugsAndTee();
    const announced = [...mugs, ...tee];
    await ask(order, announced, 1_000_000, 'ret_all');
    await received(order, 'ret_all', [{ sku: 'mug', quantity: 10 }]);
    const [back] = await finished(order);
    expect(back).toMatchObject({
      status: 'closed',
      lines: [{ sku: 'mug', quantity: 10 }],
      announced,
      refunded: 10_000,
    });
    expect(callsOf(order, 'inventory.restock').map((c) => c.input.lines)).toEqual([[{ sku: 'mug', quantity: 10 }]]);
    // Pieces that were announced but not sent can still be returned.
    await ask(order, [{ sku: 'mug', quantity: 2 }, ...tee], 1_000_000, 'ret_rest');
    await received(order, 'ret_rest');
    expect((await finished(order)).at(-1)).toMatchObject({ refunded: 3490 });
    expect((await finished(order)).at(-1)).not.toHaveProperty('announced');
  });

  it.each([
    ['more than was announced', [{ sku: 'mug', quantity: 2 }]],
    ['another sku', [{ sku: 'tee', quantity: 1 }]],
    ['no lines', []],
    ['a sku twice', [...[1, 1].map((quantity) => ({ sku: 'mug', quantity }))]],
    ['half a piece', [{ sku: 'mug', quantity: 0.5 }]],
    ['something else', 7 as never],
  ])('is not made for news that does not fit: %s', async (_case, lines) => {
    const order = await completedOrder();
    await ask(order, [{ sku: 'mug', quantity: 1 }], 1_000_000, 'ret_one');
    await received(order, 'ret_one', lines);
    await received(order, 'ret_one', [{ sku: 'mug', quantity: 1 }]);
    expect(await finished(order)).toMatchObject([{ lines: [{ sku: 'mug', quantity: 1 }], status: 'closed' }]);
    expect(callsOf(order, 'payment.refund')).toHaveLength(1);
  });
});

describe('two at the same moment', () => {
  const outcomes = async (both: Promise<unknown>[]) =>
    (await Promise.allSettled(both)).map((r) => (r.status === 'fulfilled' ? 'taken' : (r.reason as Error).cause));
  const refusedAs = (type: string) => expect.objectContaining({ type }) as unknown;

  it('opposite reviews: one is taken, the other is refused', async () => {
    const order = await completedOrder();
    await ask(order, [{ sku: 'tee', quantity: 1 }], 100, 'ret_tee');
    const both = await outcomes([review(order, 'ret_tee', 'approve'), review(order, 'ret_tee', 'reject')]);
    expect(both.filter((each) => each === 'taken')).toHaveLength(1);
    expect(both).toContainEqual(refusedAs('wrong_status'));
    const status = both[0] === 'taken' ? 'approved' : 'rejected';
    expect(book.get(order.id)!.returns).toMatchObject([{ status }]);
    if (status === 'approved') await run(order).terminate();
  });

  it('retries of a rejected refund: one is taken, the other is refused', async () => {
    const order = await completedOrder();
    await ask(order, [{ sku: 'tee', quantity: 1 }], 1_000_000, 'ret_tee');
    await refundRejected(order);
    refusing.delete(order.id);
    const both = await outcomes([retry(order, 'ret_tee'), retry(order, 'ret_tee')]);
    expect(both.filter((each) => each === 'taken')).toHaveLength(1);
    expect(both).toContainEqual(refusedAs('wrong_status'));
    expect(await finished(order)).toMatchObject([{ status: 'closed' }]);
  });

  it('a retry that comes while the one before is under way is judged by what comes of that one', async () => {
    const order = await completedOrder();
    await ask(order, [{ sku: 'tee', quantity: 1 }], 1_000_000, 'ret_tee');
    await refundRejected(order);
    const gate = new Gate();
    held.set(order.id, gate);
    await retry(order, 'ret_tee');
    await until(() => Promise.resolve(gate.reached === 1));
    const second = retry(order, 'ret_tee');
    await untilAccepted(run(order), 3, second);
    gate.open();
    await second;
    await until(() => Promise.resolve(gate.reached === 2));
    refusing.delete(order.id);
    // It is judged by the refund of the second retry: that was rejected.
    await retry(order, 'ret_tee');
    expect(await finished(order)).toMatchObject([{ status: 'closed' }]);
  });

  it('requests: as many are taken as there are pieces, and one key makes one return', async () => {
    const order = await completedOrder();
    const mug = [{ sku: 'mug', quantity: 1 }];
    const all = await outcomes([
      ...['a', 'b', 'c', 'd', 'e'].map((name) => ask(order, mug, 1_000_000, `ret_${name}`)),
      ask(order, [{ sku: 'tee', quantity: 1 }], 1_000_000, 'ret_tee'),
      ask(order, [{ sku: 'tee', quantity: 1 }], 1_000_000, 'ret_tee'),
    ]);
    expect(all.slice(0, 5).filter((each) => each === 'taken')).toHaveLength(3);
    expect(all.slice(5)).toEqual(['taken', 'taken']);
    const returns = book.get(order.id)!.returns;
    expect(returns.map(({ id }) => id).toSorted()).toEqual([...new Set(returns.map(({ id }) => id))].toSorted());
    expect(returns).toHaveLength(4);
    await received(order);
    expect((await finished(order)).reduce((sum, r) => sum + r.refunded, 0)).toBe(order.captured);
  });
});

it('a run that could not load the order answers null, not an empty list of returns', async () => {
  const order = await completedOrder();
  await ask(order, [{ sku: 'tee', quantity: 1 }], 1_000_000, 'ret_tee');
  await received(order);
  await finished(order);
  const before = published.length;
  bookIsDown = true;
  expect(await refusalOf(ask(order, [{ sku: 'mug', quantity: 1 }]))).toMatchObject({ type: 'not_processed_yet' });
  bookIsDown = false;
  expect(await finished(order)).toBeNull();
  expect(await run(order).query('returns')).toBeNull();
  expect(await run(order).query('publication')).toMatchObject({ orderId: order.id, returns: [] });
  expect(published).toHaveLength(before);
  // The next run knows the earlier return, so it counts its pieces.
  expect(await refusalOf(ask(order, [{ sku: 'tee', quantity: 1 }]))).toMatchObject({
    type: 'return_exceeds_delivered',
  });
  expect(await finished(order)).toMatchObject([{ id: 'ret_tee', status: 'closed' }]);
});

it('a refusal says which commands are possible now', async () => {
  const order = await completedOrder();
  const mugs = (quantity: number) => [{ sku: 'mug', quantity }];
  const possible = async (lines: { sku: string; quantity: number }[]) => {
    const { details } = await refusalOf(ask(order, lines));
    return (details as [{ possible: string[] }])[0].possible;
  };
  expect(await possible(mugs(4))).toEqual(['return']);
  await ask(order, [...mugs(3), { sku: 'tee', quantity: 1 }]);
  expect(await possible(mugs(1))).toEqual([]);
  await run(order).terminate();
  book.set(order.id, { ...order, returnableUntil: '2001-01-01T00:00:00.000Z' });
  expect(await possible(mugs(1))).toEqual([]);
  book.set(order.id, { ...order, status: 'shipping' });
  expect(await possible(mugs(1))).toEqual([]);
});

it('takes a hundred returns of an order and no more', async () => {
  const order = await boughtAs([{ sku: 'pin', quantity: 200, unitPrice: 5 }], 0);
  const pin = [{ sku: 'pin', quantity: 1 }];
  const returns = Array.from({ length: 99 }, (_, n): ReturnView => ({
    id: `ret_${n}`,
    status: 'rejected',
    lines: pin,
    reason: 'x',
    refunded: 0,
    requestedAt: '2020-01-01T00:00:00.000Z',
  }));
  book.set(order.id, { ...order, returns });
  await ask(order, pin, 1_000_000, 'ret_99');
  expect(await refusalOf(ask(order, pin))).toMatchObject({
    type: 'too_many_changes',
    details: [{ orderStatus: 'completed', possible: [] }],
  });
  // A repeated request of an existing return is still answered.
  await ask(order, pin, 1_000_000, 'ret_99');
  await run(order).terminate();
});

it('continues the returns that an earlier run left open: none is stranded or refunded twice', async () => {
  const order = await completedOrder();
  const mug = [{ sku: 'mug', quantity: 1 }];
  await ask(order, [{ sku: 'tee', quantity: 1 }], 1000, 'ret_requested');
  await ask(order, mug, 1000, 'ret_approved');
  await ask(order, mug, 1000, 'ret_received');
  refusing.add(order.id);
  await received(order, 'ret_received');
  await until(() => Promise.resolve(book.get(order.id)!.returns.some((r) => r.status === 'received')));
  await run(order).terminate();
  refusing.delete(order.id);
  // Any message wakes the next run, even a request that is refused.
  expect(await refusalOf(ask(order, [{ sku: 'mug', quantity: 2 }]))).toMatchObject({
    type: 'return_exceeds_delivered',
  });
  // 1000 - 500 x 1000 / 5001 rounded toward zero (99)
  expect((await closed(order, 'ret_received')).refunded).toBe(901);
  await received(order, 'ret_approved');
  // 2000 - 199, less 901
  expect((await closed(order, 'ret_approved')).refunded).toBe(900);
  await review(order, 'ret_requested', 'approve');
  await received(order, 'ret_requested');
  // 4001 - 400, less 1801
  expect((await finished(order)).map((r) => [r.id, r.status, r.refunded])).toEqual([
    ['ret_requested', 'closed', 1800],
    ['ret_approved', 'closed', 900],
    ['ret_received', 'closed', 901],
  ]);
});

it('a request of a return that an earlier run has closed is answered, and starts and publishes nothing', async () => {
  const order = await completedOrder();
  const tee = [{ sku: 'tee', quantity: 1 }];
  await ask(order, tee, 1_000_000, 'ret_tee');
  await received(order);
  await finished(order);
  const before = published.length;
  // As after a lost workflow task, whose effects the book has, and the history has not.
  expect(await request(order, tee, 1_000_000, 'ret_tee')).toEqual({ fingerprint: 'x', revision: 0 });
  expect(await finished(order)).toMatchObject([{ id: 'ret_tee', status: 'closed', refunded: 1801 }]);
  expect(published.length).toBe(before);
  expect(callsOf(order, 'payment.refund')).toHaveLength(1);
});

it('returns of a large order keep the history of their run small, and refused requests are not in it', async () => {
  const lines = Array.from({ length: 500 }, (_, n) => ({ sku: `${'s'.repeat(60)}${n}`, quantity: 1 }));
  const order = await boughtAs(
    lines.map(({ sku }) => ({ sku, quantity: 100, unitPrice: 1 })),
    0,
  );
  const some = mostReturnedLines / lines.length;
  for (let n = 0; n < some; n += 1) await ask(order, lines);
  const sizeOf = async () => JSON.stringify((await run(order).fetchHistory()).events).length;
  const before = await sizeOf();
  expect(await refusalOf(request(order, lines))).toMatchObject({ type: 'too_many_changes' });
  const tooMany = lines.map(({ sku }) => ({ sku: `x${sku.slice(1)}`, quantity: 1 }));
  expect(await refusalOf(request(order, tooMany.slice(0, 1)))).toMatchObject({ type: 'too_many_changes' });
  // A refused request is 45 KB. The workflow task stores only its number.
  expect(await sizeOf()).toBeLessThan(before + 5_000);
  // The order is read only once, because the answer is in the history.
  expect(loaded.filter((id) => id === order.id)).toHaveLength(1);
  await received(order);
  expect(await finished(order)).toHaveLength(some);
});

it('news that comes before the run knows the order is kept, also while the book is away', async () => {
  const order = await completedOrder();
  await ask(order, [{ sku: 'tee', quantity: 1 }], 1_000_000, 'ret_tee');
  await run(order).terminate();
  bookIsDown = true;
  await env.client.workflow.signalWithStart<typeof processReturns, [News]>(returnsWorkflowType, {
    workflowId: returnsWorkflowId(order.id),
    taskQueue: ordersTaskQueue,
    args: [
      {
        orderId: order.id,
        shopId: 'demo',
        process: { name: 'returns', version: 1 },
        returnReviewLimit: 1_000_000,
        stepRetryBudgetMs: 1000,
      },
    ],
    signal: 'return.received',
    signalArgs: [{ id: 'news-1', timestamp: '2020-01-01T00:00:00.000Z', data: { returnId: 'ret_tee' } }],
  });
  await until(async () => (await run(order).fetchHistory()).events!.some((e) => e.timerStartedEventAttributes));
  bookIsDown = false;
  await env.sleep('10s');
  expect(await finished(order)).toMatchObject([{ id: 'ret_tee', status: 'closed', refunded: 1801 }]);
});
