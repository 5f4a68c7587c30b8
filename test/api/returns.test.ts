import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { orderView } from '../../contracts/view.schema.js';
import { returnsWorkflowId } from '../../workflows/returns/messages.js';
import { until } from '../support/until.js';
import { Caller, type Problem } from './support/caller.js';
import { anOrder } from './support/orders.js';
import { keys, nowhere, startApi, startSystem, type ApiSystem } from './support/system.js';
import { sendWebhook } from './support/webhook.js';
import { startWorker, type TestWorker } from './support/worker.js';

let system: ApiSystem;
let worker: TestWorker;
beforeAll(async () => {
  system = await startSystem({ RETURN_REVIEW_LIMIT: '1300' });
  worker = await startWorker(system);
});
afterAll(() => system?.close());

type Either = Omit<OrderView, 'status'> & Omit<Problem, 'status'>;
const shop = () => system.as('shop');
const read = async (id: string) => (await shop().get(`/v1/orders/${id}`)).body;
const pieces = (quantity: number, reason = 'chipped') => ({ lines: [{ sku: 'mug', quantity }], reason });
const giveBack = (id: string, body: object, key: string = randomUUID()) =>
  shop().post<Either>(`/v1/orders/${id}/returns`, body, { 'idempotency-key': key });
const webhook = (event: Parameters<typeof sendWebhook>[1]) => sendWebhook(system.as(undefined), event);
const returnIs = (id: string, status: string) =>
  until(async () => (await read(id)).returns.some((back) => back.status === status));

async function completed(): Promise<string> {
  const { body } = await shop().place(anOrder({ carrier: 'external' }), randomUUID());
  await until(async () => (await read(body.id)).status === 'confirmed');
  await webhook({ type: 'shipment.delivered', data: { orderId: body.id, signedBy: 'A. Example' } });
  await until(async () => (await read(body.id)).status === 'completed');
  return body.id;
}

it('a return is requested, received and closed; its key repeats the answer forever', async () => {
  const id = await completed();
  const asked = await giveBack(id, pieces(1), 'back-1');
  expect(asked.status).toBe(200);
  const [back] = asked.body.returns;
  expect(back).toMatchObject({ lines: [{ sku: 'mug', quantity: 1 }], reason: 'chipped' });
  expect((await read(id)).returns).toHaveLength(1);

  const received = { type: 'return.received', data: { orderId: id, returnId: back!.id } } as const;
  expect((await webhook(received)).body).toEqual({ applied: true });
  await returnIs(id, 'closed');
  expect(orderView.parse(await read(id)).payment.refunded).toBeGreaterThan(0);
  expect((await webhook({ ...received, id: randomUUID() })).body).toEqual({ applied: false });

  // The run of this return has closed, and with it the keys that it knew.
  await system.temporal.client.workflow.getHandle(returnsWorkflowId(id)).result();
  const again = await giveBack(id, pieces(1), 'back-1');
  expect([again.status, again.body.returns.length]).toEqual([200, 1]);
  const other = await giveBack(id, pieces(1, 'another reason'), 'back-1');
  expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
});

it('never more than was delivered, also with two requests at once', async () => {
  const id = await completed();
  const more = await giveBack(id, pieces(3));
  expect([more.status, more.body.code]).toEqual([422, 'return_exceeds_delivered']);
  const unknown = await giveBack(id, { lines: [{ sku: 'vase', quantity: 1 }], reason: 'x' });
  expect([unknown.status, unknown.body.code]).toEqual([422, 'return_exceeds_delivered']);
  const both = await Promise.all([giveBack(id, pieces(2)), giveBack(id, pieces(2))]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 422]);
});

it('the same key may succeed after a refusal; a key is one return, also at the same moment', async () => {
  const id = await completed();
  const key = randomUUID();
  // The first stays open; the second waits for an operator, because the last piece refunds the fee too.
  expect((await giveBack(id, pieces(1))).body.returns[0]!.status).toBe('approved');
  const waiting = (await giveBack(id, pieces(1))).body.returns.find(({ status }) => status === 'requested')!;
  const refused = await giveBack(id, pieces(1), key);
  expect([refused.status, refused.body.code]).toEqual([422, 'return_exceeds_delivered']);
  const review = await system
    .as('operator')
    .post(`/v1/orders/${id}/returns/${waiting.id}/review`, { decision: 'reject' });
  expect(review.status).toBe(200);
  const both = await Promise.all([giveBack(id, pieces(1), key), giveBack(id, pieces(1), key)]);
  expect(both.map(({ status }) => status)).toEqual([200, 200]);
  expect((await read(id)).returns.map(({ status }) => status)).toEqual(['approved', 'rejected', 'requested']);
  const other = await giveBack(id, pieces(1, 'another reason'), key);
  expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
});

it('above the limit an operator decides, once', async () => {
  const id = await completed();
  const asked = await giveBack(id, pieces(2));
  const { id: returnId, status } = asked.body.returns[0]!;
  expect(status).toBe('requested');
  const path = `/v1/orders/${id}/returns/${returnId}/review`;
  expect((await shop().post(path, { decision: 'approve' })).status).toBe(403);
  const operator = system.as('operator');
  const approved = await operator.post(path, { decision: 'approve', note: 'fine' });
  expect(approved.status).toBe(200);
  await returnIs(id, 'approved');
  const late = await operator.post<Problem>(path, { decision: 'reject' });
  expect([late.status, late.body.code]).toEqual([409, 'wrong_status']);
  const unknown = await operator.post<Problem>(`/v1/orders/${id}/returns/ret_x/review`, { decision: 'reject' });
  expect([unknown.status, unknown.body.code]).toEqual([404, 'not_found']);
});

it('an order that is still on its way cannot be returned', async () => {
  const { body } = await shop().place(anOrder({ carrier: 'external' }), randomUUID());
  await until(async () => (await read(body.id)).status === 'confirmed');
  const refused = await giveBack(body.id, pieces(1));
  expect([refused.status, refused.body.code]).toEqual([409, 'wrong_status']);
  expect(refused.body.possible).not.toContain('return');
});

it('fewer pieces than announced may come back, but not more', async () => {
  const id = await completed();
  const key = randomUUID();
  const asked = await giveBack(id, pieces(2), key);
  const returnId = asked.body.returns[0]!.id;
  const review = { decision: 'approve' };
  await system.as('operator').post(`/v1/orders/${id}/returns/${returnId}/review`, review);
  const receive = (lines: unknown) =>
    webhook({ type: 'return.received', data: { orderId: id, returnId, lines } as never });
  for (const [lines, path] of [
    [[{ sku: 'mug', quantity: 3 }], '/data/lines'],
    [[{ sku: 'tee', quantity: 1 }], '/data/lines'],
    [[], '/data/lines'],
    [[1, 1].map((quantity) => ({ sku: 'mug', quantity })), '/data/lines/1/sku'],
    [[{ sku: 'mug', quantity: 0 }], '/data/lines/0/quantity'],
  ] as const) {
    const wrong = await receive(lines);
    expect([wrong.status, wrong.body.code, wrong.body.errors?.[0]?.path]).toEqual([422, 'validation_failed', path]);
  }
  expect((await receive([{ sku: 'mug', quantity: 1 }])).body).toEqual({ applied: true });
  await returnIs(id, 'closed');
  const view = orderView.parse(await read(id));
  expect(view.returns).toMatchObject([
    { lines: [{ sku: 'mug', quantity: 1 }], announced: [{ sku: 'mug', quantity: 2 }], refunded: 1250 },
  ]);
  expect(view).toMatchObject({ payment: { refunded: 1250 }, possible: ['return'] });
  // The key stands for the requested return, not for its outcome.
  expect((await giveBack(id, pieces(2), key)).status).toBe(200);
  const other = await giveBack(id, pieces(1), key);
  expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
  const rest = await giveBack(id, pieces(1));
  expect(rest.body.returns).toHaveLength(2);
});

it('only return.received may have lines', async () => {
  const id = await completed();
  const lines = [{ sku: 'mug', quantity: 1 }];
  const wrong = await webhook({ type: 'shipment.delivered', data: { orderId: id, lines } });
  expect([wrong.status, wrong.body.errors?.[0]?.path]).toEqual([422, '/data/lines']);
});

// Five times: the refused one meets the run while it is open, when it closes, or after it.
it('of two opposite reviews at the same moment one is accepted, and the other is refused', { repeats: 4 }, async () => {
  const id = await completed();
  const [back] = (await giveBack(id, pieces(2))).body.returns;
  const review = (decision: string) =>
    system
      .as('operator')
      .post<Either>(
        `/v1/orders/${id}/returns/${back!.id}/review`,
        { decision },
        { 'idempotency-key': `${id}-${decision}` },
      );
  const both = await Promise.all([review('approve'), review('reject')]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  const refused = both.find(({ status }) => status === 409)!;
  expect([refused.body.code, refused.body.possible]).toEqual(['wrong_status', (await read(id)).possible]);
  const taken = both[0].status === 200 ? 'approved' : 'rejected';
  expect((await read(id)).returns).toMatchObject([{ status: taken }]);
  // The run decides again under the same key, and refuses for the current reason.
  const again = await review(both[0].status === 200 ? 'reject' : 'approve');
  expect([again.status, again.body.code]).toEqual([409, 'wrong_status']);
  expect(again.body.detail).toContain(taken);
});

it('a review continues a return whose run was terminated', async () => {
  const id = await completed();
  const [back] = (await giveBack(id, pieces(2))).body.returns;
  await system.temporal.client.workflow.getHandle(returnsWorkflowId(id)).terminate();
  const path = `/v1/orders/${id}/returns/${back!.id}/review`;
  const approved = await system.as('operator').post<Either>(path, { decision: 'approve' });
  expect([approved.status, approved.body.returns]).toMatchObject([200, [{ id: back!.id, status: 'approved' }]]);
  await webhook({ type: 'return.received', data: { orderId: id, returnId: back!.id } });
  await returnIs(id, 'closed');
  expect((await read(id)).payment.refunded).toBe(2990);
});

it('an event about a return whose run was terminated starts the next run', async () => {
  const id = await completed();
  const [back] = (await giveBack(id, pieces(1))).body.returns;
  await system.temporal.client.workflow.getHandle(returnsWorkflowId(id)).terminate();
  const received = { type: 'return.received', data: { orderId: id, returnId: back!.id } } as const;
  expect((await webhook(received)).body).toEqual({ applied: true });
  await returnIs(id, 'closed');
  await system.temporal.client.workflow.getHandle(returnsWorkflowId(id)).result();
  expect((await webhook(received)).body).toEqual({ applied: false });
  expect((await read(id)).payment.refunded).toBe(1250);
});

it('a run of returns that was reset continues, and refunds once', async () => {
  const id = await completed();
  const [back] = (await giveBack(id, pieces(1))).body.returns;
  const run = system.temporal.client.workflow.getHandle(returnsWorkflowId(id));
  const { runId } = await run.describe();
  const { runId: reset } = await system.temporal.client.workflowService.resetWorkflowExecution({
    namespace: system.temporal.namespace,
    workflowExecution: { workflowId: returnsWorkflowId(id), runId },
    workflowTaskFinishEventId: 3 as never, // protobuf takes a number where its types want a Long
    requestId: randomUUID(),
    reason: 'test',
    resetReapplyType: 3, // RESET_REAPPLY_TYPE_ALL_ELIGIBLE: the request is made again
  });
  await until(async () => (await run.describe()).runId === reset);
  expect((await webhook({ type: 'return.received', data: { orderId: id, returnId: back!.id } })).body.applied).toBe(
    true,
  );
  await returnIs(id, 'closed');
  await run.result();
  expect(await read(id)).toMatchObject({ returns: [{ id: back!.id, refunded: 1250 }], payment: { refunded: 1250 } });
  expect(worker.services.of(id).callsOf('payment.refund')).toHaveLength(1);
});

it('while the book is down, a read has the returns or answers 503', async () => {
  const id = await completed();
  const [back] = (await giveBack(id, pieces(1))).body.returns;
  const apart = await startApi(system.temporal.address, `http://${nowhere}`);
  try {
    const readApart = () => new Caller(apart.url, keys.shop).get<Either>(`/v1/orders/${id}`);
    expect((await readApart()).body).toMatchObject({ returns: [back], possible: ['return'] });
    await webhook({ type: 'return.received', data: { orderId: id, returnId: back!.id } });
    await returnIs(id, 'closed');
    const { returns, payment, possible } = await read(id);
    expect((await readApart()).body).toMatchObject({ returns, payment, possible });

    const run = system.temporal.client.workflow.getHandle(returnsWorkflowId(id));
    await run.result();
    await giveBack(id, pieces(1));
    await run.terminate();
    await worker.stop();
    const nobody = await readApart();
    worker = await startWorker(system);
    expect([nobody.status, nobody.body.code]).toEqual([503, 'temporal_unavailable']);
  } finally {
    await apart.close();
  }
});

/** Every refusal lists the same possible commands as a read. */
async function refusals(id: string): Promise<Either[]> {
  const path = `/v1/orders/${id}`;
  const operator = system.as('operator');
  const answers = [
    await giveBack(id, pieces(1)),
    await shop().post<Either>(`${path}/cancel`, {}),
    await shop().post<Either>(`${path}/receipt`, {}),
    await operator.post<Either>(`${path}/review`, { decision: 'approve' }),
    await operator.post<Either>(`${path}/resolve`, { action: 'retry', step: 'ship' }),
    await operator.post<Either>(`${path}/returns/ret_x/review`, { decision: 'approve' }),
  ];
  return answers.filter(({ status }) => status === 409).map(({ body }) => body);
}

it('after the return window, no answer lists `return` as possible', async () => {
  const id = await completed();
  const { view } = await system.bookClient.getOrder({ params: { orderId: id } });
  const position = { runId: 'later', length: 1, at: Date.now(), seq: 1 };
  const late = { ...view, returns: [], returnableUntil: '2001-01-01T00:00:00.000Z' };
  await system.bookClient.publish({
    params: { orderId: id },
    body: { position, fingerprint: 'x', view: late },
  });
  expect((await read(id)).possible).toEqual([]);
  const refused = await refusals(id);
  expect(refused.map(({ code }) => code)).toContain('wrong_status');
  expect(refused.map(({ possible }) => possible)).toEqual(refused.map(() => []));
});

it('when everything is requested back, no answer lists `return` as possible, also while the run of the order is open', async () => {
  let tell!: () => void;
  const told = new Promise<void>((resolve) => (tell = resolve));
  await worker.stop();
  worker = await startWorker(system, {
    'notification.notify': ({ event }) => (event === 'completed' ? told : Promise.resolve()),
  });
  const id = await completed();
  await giveBack(id, pieces(2));
  expect((await read(id)).possible.filter((each) => each !== 'resolve')).toEqual([]);
  const refused = await refusals(id);
  expect(refused.length).toBeGreaterThan(2);
  tell();
  for (const { possible } of refused) expect(possible).not.toContain('return');
});
