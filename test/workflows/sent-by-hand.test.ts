import { ApplicationFailure, WorkflowUpdateFailedError } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { eventTypes } from '../../workflows/events.js';
import { latePaymentSignal, latePaymentWorkflowId } from '../../workflows/late-payment/messages.js';
import { orderCommands } from '../../workflows/order/messages.js';
import type { Refusal } from '../../workflows/temporal/protocol.js';
import { expectEnded, givenBack } from './expectations.js';
import { Gate } from './misbehaviour.js';
import { testOrders, warnings } from './test-orders.js';
import type { TestOrder } from './test-orders.js';

/** Anybody may send anything under a known name with `temporal workflow signal` and `temporal workflow update`. */

const orders = testOrders();

const noise: unknown[][] = [[{}], [null], ['x'], [7], [[]], []];
const news = { id: 'e-1', timestamp: '2020-01-02T03:04:05.000Z' };
const wrongFields: unknown[][] = [
  { ...news, data: { shipmentId: 5 } },
  { ...news, data: { amount: 'x' } },
  { ...news, data: { amount: -1 } },
  { ...news, data: { amount: 0.5 } },
  { ...news, data: { trackingNumber: {} } },
  { ...news, data: { signedBy: null } },
  { ...news, data: 'x' },
  { ...news, timestamp: 5, data: {} },
  { ...news, timestamp: 'yesterday', data: {} },
  { timestamp: news.timestamp, data: {} },
].map((content) => [content]);

it('any signal that does not fit is ignored with a line in the log', async () => {
  const order = await orders.place();
  await order.until((v) => v.shipments[0]?.status === 'booked');
  const before = await order.view();
  const sent = [...noise, ...wrongFields];
  for (const type of eventTypes) for (const args of sent) await order.handle.signal(type, ...args);
  const after = await order.view();
  expect({ ...after, updatedAt: before.updatedAt }).toEqual(before);
  const lines = warnings.filter((w) => w.startsWith(order.handle.workflowId));
  expect(lines).toHaveLength(eventTypes.length * sent.length);
  expect(lines[0]).toMatch(/A signal that does not fit was ignored.*shipment\.dispatched.*\/timestamp/);

  await order.event('shipment.delivered', { signedBy: 'A. Customer' });
  const end = await order.end();
  expect(end.view.status).toBe('completed');
  expectEnded(order, end);
});

it('the run that gives late money back ignores a signal that does not fit', async () => {
  const gate = new Gate();
  const order = await orders.place({ services: { 'payment.giveBack': gate.behave } });
  await order.event('payment.succeeded', { amount: 2990 });
  await order.untilCalled('payment.giveBack');
  const run = order.handle.client.getHandle(latePaymentWorkflowId(order.id));
  const sent = [...noise, ...wrongFields];
  for (const args of sent) await run.signal(latePaymentSignal.name, ...args);
  gate.open();
  await givenBack(order);
  expect(await run.result()).toHaveLength(1);
  expect(warnings.filter((w) => w.startsWith(run.workflowId))).toHaveLength(sent.length);
});

async function updateRefusal(order: TestOrder, name: string, args: unknown[]): Promise<Refusal & { code: string }> {
  try {
    await order.handle.executeUpdate(name, { args: args as [unknown] });
  } catch (error) {
    const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
    if (!(cause instanceof ApplicationFailure)) throw error;
    return { ...(cause.details![0] as Refusal), code: cause.type! };
  }
  throw new Error(`${name} was accepted with ${JSON.stringify(args)}.`);
}

describe('an update that does not fit', () => {
  it.each(Object.keys(orderCommands))('is refused: %s', async (name) => {
    const order = await orders.place();
    await order.until((v) => v.status === 'confirmed');
    const by = { role: 'operator' };
    const fits = { fingerprint: 'x', by, body: {} };
    const wrong: unknown[] = [
      { ...fits, fingerprint: 7 },
      { ...fits, by: {} },
      { ...fits, by: null },
      { ...fits, by: { role: 'nobody' } },
      { ...fits, body: 'x' },
      { ...fits, body: [] },
      { fingerprint: 'x', by },
    ];
    for (const args of [...noise, ...wrong.map((w) => [w])]) {
      const refusal = await updateRefusal(order, name, args);
      expect(refusal).toMatchObject({
        code: 'validation_failed',
        orderStatus: 'confirmed',
        possible: ['cancel', 'resolve'],
      });
      expect(refusal.errors!.length).toBeGreaterThan(0);
    }
    await order.command('cancel', {});
    expect((await order.end()).view.status).toBe('cancelled');
  });

  it.each([
    ['cancel', { reason: 5 }, '/reason'],
    ['payment', { method: 'cash', token: 'tok_ok' }, '/method'],
    ['payment', { method: 'card', token: null }, '/token'],
    ['decision', { decision: 'maybe' }, '/decision'],
    ['review', { decision: 'accept_partial' }, '/decision'],
    ['resolve', { action: 'explode', step: 'review' }, '/action'],
    ['resolve', { action: 'retry', step: {} }, '/step'],
    ['amend', { lines: {} }, '/lines'],
    ['amend', { lines: [] }, '/lines'],
    ['amend', { lines: [7] }, '/lines/0'],
    ['amend', { lines: [{ sku: 'mug', quantity: '1' }] }, '/lines/0/quantity'],
    ['amend', { lines: [{ sku: 'mug', quantity: -1 }] }, '/lines/0/quantity'],
    ['amend', { lines: [...Array<object>(2)].map(() => ({ sku: 'mug', quantity: 1 })) }, '/lines'],
    ['amend', { shippingAddress: 'Main St' }, '/shippingAddress'],
    ['amend', { shippingAddress: { name: 'A' } }, '/shippingAddress/line1'],
  ] as const)('names the field that does not fit: %s %j', (name, body, path) => {
    const misfits = orderCommands[name].shape(body);
    expect(misfits.map((m) => m.path)).toContain(path);
  });
});
