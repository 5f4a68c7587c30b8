import { describe, expect, it } from 'vitest';
import { mostAmendments, mostCommands, mostPaymentAttempts } from '../../contracts/bounds.js';
import { refuses } from './misbehaviour.js';
import { oneMug, payLater, testOrders } from './test-orders.js';
import type { TestOrder } from './test-orders.js';

const orders = testOrders();
const card = { method: 'card', token: 'tok_declined' } as const;
const address = (n: number) => ({ shippingAddress: { ...oneMug.shippingAddress, line1: `Street ${n}` } });

async function times(count: number, send: (n: number) => Promise<unknown>): Promise<void> {
  for (let n = 0; n < count; n += 1) await send(n);
}

async function awaitingPayment(): Promise<TestOrder> {
  const order = await orders.place({
    order: { ...payLater, carrier: 'external' },
    services: { 'payment.authorize': refuses('payment_declined') },
  });
  await order.until((v) => v.status === 'awaiting_payment');
  return order;
}

it('a refusal stays small, however large the order and the command', async () => {
  const lines = Array.from({ length: 500 }, (_, n) => ({ sku: `${'s'.repeat(60)}${n}`, quantity: 1, unitPrice: 100 }));
  const order = await orders.place({
    order: { ...payLater, lines },
    stock: Object.fromEntries(lines.map(({ sku }) => [sku, { east: 1 }])),
  });
  await order.until((v) => v.status === 'awaiting_payment');
  const others = lines.map(({ sku }) => ({ sku: `x${sku.slice(1)}`, quantity: 1 }));
  const refused = await order.refused('amend', { lines: others });
  expect(refused.code).toBe('validation_failed');
  expect(refused.errors![0]!.message).toContain('and 490 more');
  expect(JSON.stringify(refused).length).toBeLessThan(20_000);
  await order.command('cancel', {});
  await order.end();
});

describe('an order takes a limited number of changes', () => {
  it('amendments: none after the limit, and all other commands as before', { timeout: 60_000 }, async () => {
    const order = await awaitingPayment();
    await times(mostAmendments, (n) => order.command('amend', address(n)));
    const refused = await order.refused('amend', address(99));
    expect(refused).toMatchObject({ code: 'too_many_changes', orderStatus: 'awaiting_payment' });
    expect(refused.possible).toEqual(['cancel', 'payment']);
    const view = await order.view();
    expect(view.possible).toEqual(['cancel', 'payment']);
    expect(view.shippingAddress.line1).toBe(`Street ${mostAmendments - 1}`);
    await order.command('cancel', {});
    expect((await order.end()).view.status).toBe('cancelled');
  });

  it('payment attempts, also those of the provider; a payment of the total is still taken', async () => {
    const order = await awaitingPayment();
    await times(2, async (n) => {
      await order.command('payment', card);
      await order.until((v) => v.payment.attempts.length === n + 1 && v.possible.includes('payment'));
    });
    const failing = (n: number) =>
      order.event(n % 2 === 0 ? 'payment.failed' : 'payment.succeeded', { amount: 1, currency: 'EUR' });
    await times(mostPaymentAttempts - 2, failing);
    const full = await order.until(
      (v) =>
        v.payment.attempts.length === mostPaymentAttempts &&
        v.steps.some((s) => s.id === 'authorizePayment' && s.state === 'waiting'),
    );
    const refused = await order.refused('payment', card);
    expect(refused).toMatchObject({ code: 'too_many_changes', possible: ['cancel', 'amend'] });
    await times(2, failing);
    await order.event('payment.succeeded', { amount: full.total, currency: 'EUR' });
    const paid = await order.until((v) => v.status === 'confirmed');
    expect(paid.payment.attempts).toHaveLength(mostPaymentAttempts + 1);
    expect(paid.payment.attempts.at(-1)).toMatchObject({ outcome: 'authorized' });
  });

  it('commands in total; those that end or repair the order are always taken', { timeout: 120_000 }, async () => {
    const order = await orders.place({ order: { carrier: 'external' } });
    await order.until((v) => v.status === 'confirmed' && v.shipments[0]?.status === 'booked');
    await order.event('shipment.dispatched');
    await order.until((v) => v.possible.includes('receipt'));
    for (let sent = 0; sent < mostCommands; sent += 10) {
      await Promise.all(Array.from({ length: 10 }, () => order.command('receipt', {})));
    }
    expect(await order.refused('receipt', {})).toMatchObject({ code: 'too_many_changes', possible: ['resolve'] });
    expect(await order.refused('resolve', { action: 'retry', step: 'ship' })).not.toMatchObject({
      code: 'too_many_changes',
    });
    await order.event('shipment.delivered', { signedBy: 'A' });
    const { view } = await order.end();
    expect([view.status, view.possible]).toEqual(['completed', ['return']]);
  });
});
