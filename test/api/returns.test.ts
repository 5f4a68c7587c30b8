import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { orderView } from '../../contracts/view.schema.js';
import { returnsWorkflowId } from '../../workflows/messages.js';
import { until } from '../support/until.js';
import type { Problem } from './support/caller.js';
import { anOrder } from './support/orders.js';
import { startSystem, type ApiSystem } from './support/system.js';
import { sendWebhook } from './support/webhook.js';
import { startWorker, type TestWorker } from './support/worker.js';

let system: ApiSystem;
let worker: TestWorker;
beforeAll(async () => {
  system = await startSystem({ RETURN_REVIEW_LIMIT: '1300' });
  worker = await startWorker(system);
});
afterAll(async () => {
  await worker?.stop();
  await system?.close();
});

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

test('a return is asked for, received and closed; its key repeats it for ever', async () => {
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

  // The run of this return has closed and knows no keys any more.
  await system.temporal.client.workflow.getHandle(returnsWorkflowId(id)).result();
  const again = await giveBack(id, pieces(1), 'back-1');
  expect([again.status, again.body.returns.length]).toEqual([200, 1]);
  const other = await giveBack(id, pieces(1, 'another reason'), 'back-1');
  expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
});

test('never more than was delivered, also by two at once', async () => {
  const id = await completed();
  const more = await giveBack(id, pieces(3));
  expect([more.status, more.body.code]).toEqual([422, 'return_exceeds_delivered']);
  const unknown = await giveBack(id, { lines: [{ sku: 'vase', quantity: 1 }], reason: 'x' });
  expect([unknown.status, unknown.body.code]).toEqual([422, 'return_exceeds_delivered']);
  const both = await Promise.all([giveBack(id, pieces(2)), giveBack(id, pieces(2))]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 422]);
});

test('a refusal is judged anew under the same key; a key is one return, also at the same moment', async () => {
  const id = await completed();
  const key = randomUUID();
  // The first stays open, the second waits for an operator, as with the last piece the fee goes back.
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

test('above the limit an operator decides, once', async () => {
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

test('an order that is on its way has nothing to return yet', async () => {
  const { body } = await shop().place(anOrder({ carrier: 'external' }), randomUUID());
  await until(async () => (await read(body.id)).status === 'confirmed');
  const refused = await giveBack(body.id, pieces(1));
  expect([refused.status, refused.body.code]).toEqual([409, 'wrong_status']);
  expect(refused.body.possible).not.toContain('return');
});
