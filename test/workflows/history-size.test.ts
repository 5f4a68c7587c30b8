import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { expect, it } from 'vitest';
import { mostAmendments, mostCommands, mostPaymentAttempts } from '../../contracts/bounds.js';
import type { OrderView, PlaceOrder } from '../../contracts/order.js';
import { bodyLimit } from '../../src/api/http/json-body.js';
import { acceptedIn } from '../support/accepted.js';
import { until } from '../support/until.js';
import type { ActivityName } from '../../activities/index.js';
import type { Behaviour } from './fake-services.js';
import { refusal } from './misbehaviour.js';
import { testOrders } from './test-orders.js';
import type { Setup, TestOrder } from './test-orders.js';

const orders = testOrders();
const { HistoryEvent } = temporal.api.history.v1;
const operator = { role: 'operator' } as const;

/** The size of a history, or of what something adds to it. */
interface Size {
  events: number;
  bytes: number;
  updates: number;
}

/** Temporal's limits: it ends a run whose history is larger. */
const limits: Size = { events: 51_200, bytes: 50 * 1024 * 1024, updates: 2000 };
/** The largest payload in bytes. One payload is the view that a run ends with. */
const largestPayload = 2 * 1024 * 1024;
const parcels = 50;
/** A command that waits for the call of an earlier command adds a timer: two events, one when it starts and one when it ends. */
const waiting: Size = { events: 2, bytes: 300, updates: 0 };
/** An event type. 5 is a scheduled workflow task, 6 a started one. */
const workflowTaskCompleted = 7;

async function sizeOf({ handle }: TestOrder): Promise<Size> {
  const history = await handle.fetchHistory();
  const events = history.events ?? [];
  return {
    events: events.length,
    bytes: events.reduce((sum, event) => sum + HistoryEvent.encode(event).finish().length, 0),
    updates: acceptedIn(history),
  };
}

const plus = (a: Size, b: Size, times = 1): Size => ({
  events: a.events + times * b.events,
  bytes: a.bytes + times * b.bytes,
  updates: a.updates + times * b.updates,
});

/** Resolves when the run has no pending activity and no open workflow task. */
const atRest = ({ handle }: TestOrder) => {
  let seen = '';
  return until(
    async () => {
      const pending = (await handle.describe()).raw.pendingActivities?.length ?? 0;
      const { events = [] } = await handle.fetchHistory();
      seen = `${pending} activities under way, ${JSON.stringify(events!.slice(-3).map((e) => e.eventType))}`;
      const tasks = events!
        .map((e) => Number(e.eventType))
        .filter((type) => type >= 5 && type <= workflowTaskCompleted);
      return (pending === 0 && tasks.at(-1) === workflowTaskCompleted) || undefined;
    },
    20_000,
    () => seen,
  );
};

/** Measures how much an action adds to the history. The run is at rest before and after it. */
async function cost(order: TestOrder, what: () => Promise<unknown>): Promise<Size> {
  await atRest(order);
  const before = await sizeOf(order);
  await what();
  await atRest(order);
  return plus(await sizeOf(order), before, -1);
}

/** Makes the longest texts that the contract allows, in characters of four bytes. */
const long = (length: number, letter = '\u{1F4E6}') => letter.repeat(length / letter.length);
const longAddress = {
  name: long(200),
  line1: long(200),
  line2: long(200),
  city: long(100),
  region: long(100),
  postalCode: long(20),
  country: 'DE',
};
const longId = (n: number) => `${'s'.repeat(61)}${String(n).padStart(3, '0')}`;
const longNews = { trackingNumber: long(100), carrier: long(100), signedBy: long(200), reason: long(500) };
const card = { method: 'card', token: 't'.repeat(255) } as const;

/** Services at their worst: each call fails locally with a long message, and succeeds from the queue. */
function worstServices(bookFails: boolean, declines: () => boolean): Behaviour {
  const message = 'x'.repeat(500);
  const operations: ActivityName[] = [
    ...(
      ['reserve', 'release', 'renew', 'reduce', 'commit', 'uncommit', 'replace', 'stopReplacing', 'restock'] as const
    ).map((name) => `inventory.${name}` as const),
    ...(['record', 'void', 'reduce', 'capture', 'refund', 'settle'] as const).map((name) => `payment.${name}` as const),
    'shipping.book',
    'shipping.cancel',
    'notification.notify',
  ];
  const fails = <Answer>(then: () => Promise<Answer>) =>
    activityInfo().isLocal ? Promise.reject(fault(message)) : then();
  let bookIsBack = false;
  return {
    ...Object.fromEntries(
      operations.map((name) => [name, (_: unknown, healthy: () => Promise<never>) => fails(healthy)]),
    ),
    'payment.screen': () => fails(() => Promise.resolve({ outcome: 'review' as const })),
    'payment.authorize': (_, healthy) =>
      fails(() => (declines() ? Promise.reject(refusal('payment_declined')) : healthy())),
    // Each publication fails, and succeeds after the run has waited for the book.
    'orders.awaitBook': () => {
      bookIsBack = true;
      return Promise.resolve();
    },
    'orders.publish': (_, healthy) => {
      if (bookFails && !bookIsBack) return Promise.reject(fault(message));
      bookIsBack = false;
      return healthy();
    },
  };
}

const fault = (message: string) => ApplicationFailure.create({ type: 'service_fault', message });

/** Makes the largest order that fits into a request body. */
function largestOrder(): Partial<PlaceOrder> {
  const lines = Array.from({ length: 500 }, (_, n) => ({ sku: longId(n), quantity: 10_000, unitPrice: 1_000_000 }));
  const order = { lines, shippingAddress: longAddress, payment: { method: 'later' as const }, customerId: longId(0) };
  const room = bodyLimit - Buffer.byteLength(JSON.stringify(order)) - 10_000;
  const name = 'n'.repeat(Math.min(200, Math.floor(room / 500) - 12));
  return { ...order, lines: lines.map((line) => ({ ...line, name })) };
}

const stockOf = (lines: readonly { sku: string; quantity: number }[]): NonNullable<Setup['stock']> =>
  Object.fromEntries(lines.map(({ sku, quantity }) => [sku, { [longId(1)]: 3 * quantity }]));

/** Takes an order from its confirmation to its end. Its parcel is lost, sent again and delivered. All news has the greatest length. */
async function toTheEnd(order: TestOrder): Promise<OrderView> {
  const parcel = `${order.id}-${longId(1)}`;
  const step = (name: string, id: string) => (view: OrderView) =>
    view.steps.some((s) => s.id === `${name}:${id}` && s.state === 'waiting');
  await order.until(step('awaitDispatch', parcel));
  await order.event('shipment.dispatched', { shipmentId: parcel, ...longNews });
  await order.until(step('awaitDelivery', parcel));
  await atRest(order);
  await order.event('shipment.lost', { shipmentId: parcel, ...longNews });
  await order.until(step('awaitDispatch', `${parcel}-2`));
  await order.event('shipment.dispatched', { shipmentId: `${parcel}-2`, ...longNews });
  await order.until(step('awaitDelivery', `${parcel}-2`));
  await atRest(order);
  await order.event('shipment.delivered', { shipmentId: `${parcel}-2`, ...longNews });
  return (await order.end()).view;
}

it.each([
  ['a third of what Temporal takes', false, 3],
  ['half of it while the order book fails at each view, too', true, 2],
])('the worst possible order keeps to %s', { timeout: 180_000 }, async (_, bookFails, part) => {
  // Measures one of each kind of change alone, on the largest order, in one parcel.
  let declines = true;
  const placed = largestOrder();
  const order = await orders.place({
    order: placed,
    services: worstServices(bookFails, () => declines),
    stock: stockOf(placed.lines!),
  });
  await order.until((v) => v.status === 'awaiting_review');
  await atRest(order);
  await order.command('review', { decision: 'approve', note: long(500) }, operator);
  await order.until((v) => v.possible.includes('payment'));

  let quantity = 10_000;
  const amendment = await cost(order, async () => {
    quantity -= 1;
    const lines = placed.lines!.map(({ sku }) => ({ sku, quantity }));
    await order.command('amend', { lines, shippingAddress: longAddress });
    await order.until((v) => v.lines[499]!.reserved === quantity);
  });
  const attempt = await cost(order, async () => {
    await order.command('payment', card, { id: 'k'.repeat(255) });
    await order.until((v) => v.payment.attempts.length === 1 && v.possible.includes('payment'));
  });
  const news = await cost(order, () => order.event('payment.failed', longNews, { id: 'm'.repeat(255) }));
  declines = false;
  await order.command('payment', card);
  await order.until((v) => v.steps.some((s) => s.id.startsWith('awaitDispatch') && s.state === 'waiting'));
  await atRest(order);
  await order.event('shipment.dispatched', longNews);
  await order.until((v) => v.possible.includes('receipt'));
  const command = await cost(order, () => order.command('receipt', {}, { id: 'r'.repeat(255) }));
  await order.event('shipment.delivered', longNews);
  const last = (await order.end()).view;
  const one = await sizeOf(order);

  // Measures what one more parcel adds. It counts more than the parcel's branch: the whole run to the end.
  const single = await orders.place({
    order: {
      lines: [{ sku: 'mug', quantity: 1, unitPrice: 1000 }],
      shippingAddress: longAddress,
      carrier: 'external',
      payment: { method: 'later' },
    },
    services: worstServices(bookFails, () => false),
    stock: stockOf([{ sku: 'mug', quantity: 3 }]),
  });
  await single.until((v) => v.status === 'awaiting_review');
  await single.command('review', { decision: 'approve' }, operator);
  await single.until((v) => v.possible.includes('payment'));
  await atRest(single);
  const before = await sizeOf(single);
  await single.command('payment', card);
  const end = await toTheEnd(single);
  const parcel = plus(await sizeOf(single), before, -1);

  const branches = 2 * (parcels - 1);
  const branch = JSON.stringify(end.steps.filter((s) => s.group)).length + JSON.stringify(end.shipments).length;
  const lastView = JSON.stringify(last).length + (branches / 2) * branch;
  const others = mostCommands - mostAmendments - mostPaymentAttempts;
  const worst = [
    [amendment, mostAmendments],
    [attempt, mostPaymentAttempts],
    [command, others],
    [waiting, mostCommands],
    [parcel, parcels - 1],
    // Each parcel gets all of its news once more.
    [news, 4 * parcels],
  ].reduce((sum, [size, times]) => plus(sum, size as Size, times as number), one);
  worst.bytes += (branches / 2) * branch;

  expect(worst.events).toBeLessThan(limits.events / part);
  expect(worst.bytes).toBeLessThan(limits.bytes / part);
  expect(worst.updates).toBeLessThan(limits.updates / part);
  expect(lastView).toBeLessThan(largestPayload / 2);
});
