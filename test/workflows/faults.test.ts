import { describe, expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { expectEnded, expectNothingLeft, expectOrderOfSteps } from './expectations.js';
import { Gate, Outage, away, refusal, refuses, unexpected } from './misbehaviour.js';
import { hour, minute, second, testOrders } from './test-orders.js';
import type { TestOrder } from './test-orders.js';

const orders = testOrders();
const operator = { role: 'operator' } as const;
const step = (view: OrderView, id: string) => view.steps.find((s) => s.id === id)!;

/** Lets more time pass than the retry budget of these orders, which is a minute. */
const spendBudget = () => orders.sleep(2 * minute);

describe('a service that is down', () => {
  it('is called once locally, then from the queue; then the order asks an operator', async () => {
    const outage = new Outage();
    const order = await orders.place({ services: { 'payment.authorize': outage.behave } });
    const slow = await order.until((v) => step(v, 'authorizePayment').failure !== undefined);
    expect(slow.status).toBe('placed');
    expect(slow.failure).toBeUndefined();
    expect(slow.possible).toContain('resolve');
    expect(step(slow, 'authorizePayment')).toMatchObject({
      state: 'running',
      attempts: 1,
      failure: { code: 'service_unavailable', message: 'The payment service cannot be reached, or it fails.' },
    });
    await spendBudget();
    const view = await order.until((v) => v.status === 'needs_attention');
    expect(view.failure).toMatchObject({ code: 'service_unavailable', step: 'authorizePayment' });
    const calls = order.services.callsOf('payment.authorize');
    expect(calls.map((c) => c.local)).toEqual([true, ...calls.slice(1).map(() => false)]);
    expect(calls.length).toBeGreaterThan(4);
    expect(new Set(calls.map((c) => c.key)).size).toBe(1);
    expect(step(view, 'authorizePayment')).toMatchObject({ state: 'failed', attempts: calls.length });
    expectOrderOfSteps(view);

    outage.down = false;
    await order.command('resolve', { action: 'retry', step: 'authorizePayment' }, operator);
    const going = await order.until((v) => v.status === 'confirmed');
    expect(going.failure).toBeUndefined();
    expect(step(going, 'authorizePayment')).toMatchObject({ state: 'done', attempts: 1 });
    expect(step(going, 'authorizePayment').failure).toBeUndefined();
  });

  it('comes back in time: the step shows how many attempts it took', async () => {
    const outage = new Outage();
    const order = await orders.place({ services: { 'inventory.reserve': outage.behave } });
    await order.untilCalled('inventory.reserve', 3);
    outage.down = false;
    const view = await order.until((v) => v.status === 'confirmed');
    expect(step(view, 'reserveStock').attempts).toBe(order.services.callsOf('inventory.reserve').length);
    expect(step(view, 'reserveStock').failure).toBeUndefined();
  });

  it('a retry during a back-off calls at once', async () => {
    const outage = new Outage();
    const order = await orders.place({ services: { 'payment.authorize': outage.behave } });
    await order.untilCalled('payment.authorize', 4);
    const before = order.services.callsOf('payment.authorize').length;
    outage.down = false;
    await order.command('resolve', { action: 'retry', step: 'authorizePayment' }, operator);
    await order.until((v) => v.status === 'confirmed');
    // A local activity again, not the queued attempt at the end of the back-off.
    expect(order.services.callsOf('payment.authorize')[before]).toMatchObject({ local: true, outcome: 'ok' });
  });

  it.each(['abandon', 'cancel'] as const)('%s ends an order that needs attention', async (how) => {
    const outage = new Outage();
    const order = await orders.place({ services: { 'inventory.commit': outage.behave } });
    await order.until((v) => step(v, 'confirmOrder').failure !== undefined);
    await spendBudget();
    await order.until((v) => v.status === 'needs_attention');
    if (how === 'cancel') await order.command('cancel', {});
    else await order.command('resolve', { action: 'abandon', step: 'confirmOrder' }, operator);
    const end = await order.end();
    expect(end.view).toMatchObject({
      status: 'cancelled',
      failure: { code: how === 'cancel' ? 'cancelled_by_customer' : 'cancelled_by_operator' },
    });
    expectEnded(order, end);
    expectNothingLeft(order, end.view);
  });

  it('together with another one: each step is repaired alone', async () => {
    const outage = new Outage();
    const order = await orders.place({
      services: { 'inventory.reserve': outage.behave, 'payment.screen': outage.behave },
    });
    await order.until((v) => v.steps.filter((s) => s.failure !== undefined).length === 2);
    await spendBudget();
    await order.until((v) => v.steps.filter((s) => s.state === 'failed').length === 2);
    outage.down = false;
    await order.command('resolve', { action: 'retry', step: 'reserveStock' }, operator);
    const half = await order.until((v) => step(v, 'reserveStock').state === 'done');
    expect(half).toMatchObject({ status: 'needs_attention', failure: { step: 'screenFraud' } });
    await order.command('resolve', { action: 'retry', step: 'screenFraud' }, operator);
    await order.until((v) => v.status === 'confirmed');
  });
});

describe('a call that is wrong or unauthorized', () => {
  it('is made once; the order waits for an operator, and goes on when it is repaired', async () => {
    let broken = true;
    const order = await orders.place({
      services: {
        'payment.authorize': (_input, healthy) =>
          broken ? Promise.reject(unexpected('payment authorize: status 401: unauthorized')) : healthy(),
      },
    });
    const view = await order.until((v) => v.status !== 'placed');
    expect(view).toMatchObject({
      status: 'needs_attention',
      failure: {
        code: 'service_rejected_call',
        message: 'The payment service rejects this call.',
        step: 'authorizePayment',
      },
    });
    expect(view.payment.attempts, 'it is no decline').toEqual([]);
    await spendBudget();
    expect(order.services.callsOf('payment.authorize')).toHaveLength(1);
    broken = false;
    await order.command('resolve', { action: 'retry', step: 'authorizePayment' }, operator);
    await order.until((v) => v.status === 'confirmed');
    expect(new Set(order.services.callsOf('payment.authorize').map((c) => c.key)).size).toBe(1);
  });

  it('does not end a payment that is made later as a decline', async () => {
    let broken = true;
    const order = await orders.place({
      order: { payment: { method: 'later' } },
      services: {
        'payment.authorize': (_input, healthy) => (broken ? Promise.reject(unexpected('no')) : healthy()),
      },
    });
    await order.until((v) => v.status === 'awaiting_payment');
    await order.command('payment', { method: 'card', token: 'tok_ok' });
    const view = await order.until((v) => v.status === 'needs_attention');
    expect(view.payment.attempts).toEqual([]);
    broken = false;
    await order.command('resolve', { action: 'retry', step: 'authorizePayment' }, operator);
    await order.until((v) => v.status === 'confirmed');
  });
});

describe('resolve', () => {
  it('is refused for an unknown step, a step that is not stuck, and a skip that is not allowed', async () => {
    const outage = new Outage();
    const order = await orders.place({ services: { 'payment.authorize': outage.behave } });
    await order.until((v) => step(v, 'authorizePayment').failure !== undefined);
    expect(await order.refused('resolve', { action: 'retry', step: 'nothing' }, operator)).toMatchObject({
      code: 'unknown_step',
      errors: [{ path: '/step' }],
    });
    const skip = await order.refused('resolve', { action: 'skip', step: 'authorizePayment' }, operator);
    expect(skip.code).toBe('not_skippable');
    const retry = await order.refused('resolve', { action: 'retry', step: 'reserveStock' }, operator);
    expect(retry).toMatchObject({ code: 'wrong_status', orderStatus: 'placed' });
    expect(retry.possible).toContain('resolve');
  });

  it('skip leaves out a step if the definition allows it', async () => {
    const outage = new Outage();
    const order = await orders.place({ services: { 'notification.notify': outage.behave } });
    await order.until((v) => step(v, 'notifyConfirmed').failure !== undefined);
    await order.command('resolve', { action: 'skip', step: 'notifyConfirmed' }, operator);
    const view = await order.until((v) => step(v, 'notifyConfirmed').state === 'skipped');
    expect(view.status).toBe('confirmed');
  });
});

describe('an optional leaf', () => {
  it('that fails does no harm: the order is completed, and the run closes when its optional steps have settled', async () => {
    const outage = new Outage();
    const order = await orders.place({ services: { 'notification.notify': outage.behave } });
    await order.event('shipment.delivered', { signedBy: 'A' });
    const completed = await order.until((v) => v.status === 'completed');
    expect(completed.steps.some((s) => s.state === 'running')).toBe(true);
    expect(completed.failure).toBeUndefined();
    const end = await order.end();
    expect(end.view.status).toBe('completed');
    expect(step(end.view, 'notifyConfirmed')).toMatchObject({
      state: 'failed',
      failure: { code: 'service_unavailable' },
    });
    expect(end.view.endedAt).toBe(completed.endedAt);
    expectEnded(order, end);
  });

  it('that is rejected does no harm', async () => {
    const order = await orders.place({ services: { 'notification.notify': refuses('no_such_channel') } });
    await order.event('shipment.delivered', { signedBy: 'A' });
    const end = await order.end();
    expect(end.view.status).toBe('completed');
    expect(step(end.view, 'notifyCompleted').failure).toMatchObject({ code: 'no_such_channel' });
    expectEnded(order, end);
  });
});

describe('an undo', () => {
  it('that fails is retried without end; the order needs attention until the undo is done', async () => {
    const outage = new Outage();
    const order = await orders.place({ services: { 'payment.void': outage.behave } });
    await order.until((v) => v.status === 'confirmed' && v.shipments[0]?.status === 'booked');
    await order.command('cancel', {});
    await order.until((v) => step(v, 'authorizePayment').failure !== undefined);
    await spendBudget();
    const view = await order.until((v) => v.status === 'needs_attention');
    expect(view.failure).toMatchObject({ code: 'cancelled_by_customer' });
    expect(step(view, 'authorizePayment')).toMatchObject({
      state: 'undoing',
      failure: { code: 'service_unavailable' },
    });
    expect(view.possible).toEqual(['resolve']);
    expect((await order.refused('cancel', {})).code).toBe('not_cancellable');
    const missed = outage.missed;
    await spendBudget();
    expect(outage.missed).toBeGreaterThan(missed);
    outage.down = false;
    const end = await order.end();
    expect(end.view).toMatchObject({ status: 'cancelled', failure: { code: 'cancelled_by_customer' } });
    expectEnded(order, end);
    expectNothingLeft(order, end.view);
  });

  it('that fails for a long time adds nothing to the history, even with a short budget', async () => {
    const outage = new Outage();
    const order = await orders.place({
      services: { 'payment.void': outage.behave },
      input: { stepRetryBudgetMs: 2 * second },
    });
    await order.until((v) => v.status === 'confirmed' && v.shipments[0]?.status === 'booked');
    await order.command('cancel', {});
    await order.until((v) => step(v, 'authorizePayment').failure !== undefined);
    await orders.sleep(minute);
    await order.until((v) => v.status === 'needs_attention');
    const events = async () => (await order.handle.describe()).historyLength;
    const before = [await events(), outage.missed] as const;
    await orders.sleep(hour);
    expect(await events()).toBe(before[0]);
    expect(outage.missed).toBeGreaterThan(before[1] + 60);

    // An operator's retry does not wait for the end of the back-off.
    outage.down = false;
    const asked = await orders.now();
    await order.command('resolve', { action: 'retry', step: 'authorizePayment' }, operator);
    const end = await order.end();
    expect(end.view.status).toBe('cancelled');
    expect(Date.parse(end.view.updatedAt)).toBeLessThan(asked + 5 * second);
    expectEnded(order, end);
    expectNothingLeft(order, end.view);
  });

  it('that is rejected waits for an operator, who has the call made again', async () => {
    let refusing = true;
    const order = await orders.place({
      services: {
        'inventory.release': (_input, healthy) => (refusing ? Promise.reject(refusal('broken_book')) : healthy()),
      },
    });
    await order.until((v) => v.status === 'confirmed');
    await order.command('cancel', {});
    const view = await order.until((v) => v.status === 'needs_attention');
    expect(step(view, 'reserveStock').failure).toMatchObject({ code: 'broken_book' });
    refusing = false;
    await order.command('resolve', { action: 'retry', step: 'reserveStock' }, operator);
    const end = await order.end();
    expect(end.view.status).toBe('cancelled');
    expectEnded(order, end);
    expectNothingLeft(order, end.view);
  });
});

describe('the order book', () => {
  const pendingPublications = async (order: TestOrder) =>
    ((await order.handle.describe()).raw.pendingActivities ?? []).filter((a) =>
      a.activityType?.name?.startsWith('orders.'),
    ).length;

  it('is away: the order goes on to its end, and closes when the book has its last view', async () => {
    const book = new Outage();
    const order = await orders.place({ services: away(book) });
    await order.untilCalled('shipping.book');
    await order.event('shipment.dispatched');
    await order.untilCalled('payment.capture');
    expect(await pendingPublications(order)).toBe(1);
    await order.event('shipment.delivered', { signedBy: 'A' });
    await order.untilCalled('payment.settle');
    await orders.sleep(hour);
    expect(order.services.publications).toEqual([]);
    expect((await order.view()).status).toBe('completed');
    expect((await order.handle.describe()).status.name).toBe('RUNNING');
    expect(await pendingPublications(order)).toBe(1);
    book.down = false;
    const end = await order.end();
    expect(end.view.status).toBe('completed');
    // The book was away the whole time, so this is the last view published to it.
    expect(order.services.view!.status).toBe('completed');
    expectEnded(order, end);
  });

  it('is away for a while: commands are answered, and it catches up with the newest view', async () => {
    const book = new Outage(false);
    const order = await orders.place({
      services: {
        ...away(book),
        'payment.screen': () => Promise.resolve({ outcome: 'review' as const }),
      },
    });
    await order.until((v) => v.status === 'awaiting_review');
    book.down = true;
    const view = await order.viewAfter('review', { decision: 'approve' }, operator);
    expect(view.status).not.toBe('awaiting_review');
    await order.untilCalled('shipping.book');
    expect(order.services.view!.status).toBe('awaiting_review');
    book.down = false;
    await order.until((v) => v.status === 'confirmed' && v.shipments[0]?.status === 'booked');
  });

  it('is called less and less often while it stores nothing', async () => {
    const book = new Outage(false);
    const order = await orders.place({ services: { 'orders.publish': book.behave } });
    await order.until((v) => v.status === 'confirmed' && v.shipments[0]?.status === 'booked');
    book.down = true;
    await order.event('shipment.dispatched');
    await order.untilCalled('payment.capture');
    await orders.sleep(24 * hour);
    // Pauses of 1, 2, 4, ... 512 s and then of 10 minutes: 10 + 143 calls in a day.
    expect(book.missed).toBeGreaterThan(20);
    expect(book.missed).toBeLessThan(160);
    book.down = false;
    await order.event('shipment.delivered', { signedBy: 'A' });
    await order.until((v) => v.status === 'completed');
  });

  it('can sort the views that it receives: each has a later position than the one before', async () => {
    const gate = new Gate();
    const order = await orders.place({ services: { 'payment.capture': gate.behave } });
    await order.until((v) => v.status === 'confirmed');
    await order.event('shipment.dispatched');
    await order.untilCalled('payment.capture', 2);
    gate.open();
    await order.event('shipment.delivered', { signedBy: 'A' });
    await order.end();
    const positions = order.services.publications.map((p) => p.position);
    const sorted = positions.toSorted((a, b) => a.length - b.length || a.at - b.at || a.seq - b.seq);
    expect(positions).toEqual(sorted);
    expect(new Set(positions.map((p) => p.runId)).size).toBe(1);
    expect(new Set(positions.map((p) => `${p.length} ${p.at} ${p.seq}`)).size).toBe(positions.length);
  });
});
