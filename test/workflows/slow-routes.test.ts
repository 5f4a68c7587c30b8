import { describe, expect, it, vi } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { expectOrderOfSteps } from './expectations.js';
import { refuses } from './misbehaviour.js';
import { PacedOrder } from './paced-order.js';
import type { CallId, Deed, Pace } from './paced-order.js';
import { payLater, vaseAndLamp } from './test-orders.js';
import type { Setup } from './test-orders.js';

/**
 * Tests that no outcome depends on the speed of a service. Each kind of order runs once at full speed. It runs again with each call slow,
 * with each route slow, and with each pair of simultaneous calls answered in the other order. If a step lacks a dependency that it needs,
 * one of these runs ends differently. docs/decisions/0006 has the table.
 */

vi.setConfig({ testTimeout: 120_000 });

const flagged = { 'payment.screen': () => Promise.resolve({ outcome: 'review' as const }) };
const short: Setup = {
  order: { lines: [{ sku: 'rare', quantity: 3, unitPrice: 1000 }] },
  stock: { rare: { east: 1, west: 1 }, mug: { east: 9 } },
};

const parcels = (status: string) => (view: OrderView) =>
  view.shipments.length > 0 && view.shipments.every((s) => s.status === status);
const can = (command: OrderView['possible'][number]) => (view: OrderView) => view.possible.includes(command);

const pays: Deed = {
  when: can('payment'),
  happens: (order) => order.command('payment', { method: 'card', token: 'tok_ok' }),
};
const providerPays: Deed = {
  when: can('payment'),
  happens: (order) => order.news('payment.succeeded', { amount: order.view.total, currency: 'EUR' }),
};
const providerFails: Deed = { when: can('payment'), happens: (order) => order.news('payment.failed') };
const approves: Deed = { when: can('review'), happens: (order) => order.command('review', { decision: 'approve' }) };
const rejects: Deed = { when: can('review'), happens: (order) => order.command('review', { decision: 'reject' }) };
const accepts: Deed = {
  when: can('decision'),
  happens: (order) => order.command('decision', { decision: 'accept_partial' }),
};
const declinesTheRest: Deed = {
  when: can('decision'),
  happens: (order) => order.command('decision', { decision: 'cancel' }),
};
const lowers = (when: Deed['when'], sku: string, quantity: number): Deed => ({
  when,
  happens: (order) => order.command('amend', { lines: [{ sku, quantity }] }),
});
const dispatches: Deed = { when: parcels('booked'), happens: (order) => order.news('shipment.dispatched') };
const delivers: Deed = {
  when: parcels('dispatched'),
  happens: (order) => order.news('shipment.delivered', { signedBy: 'A' }),
};
const deliversUnsigned: Deed = { when: parcels('dispatched'), happens: (order) => order.news('shipment.delivered') };
const signs: Deed = {
  when: (view) => view.status === 'delivered',
  happens: (order) => order.command('receipt', {}),
};
const signsEarly: Deed = { when: can('receipt'), happens: (order) => order.command('receipt', {}) };
/** Resolves the first waiting step with this name. */
const resolves =
  (action: 'skip' | 'abandon') =>
  (name: string): Deed => {
    const waiting = ({ steps }: OrderView) => steps.find((s) => s.id.startsWith(name) && s.state === 'waiting');
    return {
      when: (view) => waiting(view) !== undefined,
      happens: (order) => order.command('resolve', { action, step: waiting(order.view)!.id }),
    };
  };
const arrives = [dispatches, delivers];
const oneOfTwo = (type: 'shipment.lost' | 'shipment.returned'): Deed[] => [
  dispatches,
  { when: parcels('dispatched'), happens: (order) => order.news(type, { shipmentId: `${order.order.id}-west` }) },
  {
    when: ({ shipments }) => shipments.some((s) => s.status === 'lost' || s.status === 'returned'),
    happens: (order) => order.news('shipment.delivered', { shipmentId: `${order.order.id}-east`, signedBy: 'A' }),
  },
];
const cancels = (when: Deed['when']): Deed => ({ when, happens: (order) => order.command('cancel', {}) });

const kinds: Record<string, [Setup, ...Deed[]]> = {
  'card, one parcel': [{}, ...arrives],
  'two parcels': [{ order: vaseAndLamp }, ...arrives],
  'signed for by the customer': [{}, dispatches, deliversUnsigned, signs],
  'signed for by nobody': [{}, dispatches, deliversUnsigned],
  flagged: [{ services: flagged }, approves, ...arrives],
  'flagged and rejected': [{ services: flagged }, rejects],
  'flagged, nobody decides': [{ services: flagged }],
  short: [short, accepts, ...arrives],
  'short and given up': [short, declinesTheRest],
  'short, nobody decides': [short],
  'short, lowered to what is there': [short, lowers(can('decision'), 'rare', 2), ...arrives],
  'short and flagged': [{ ...short, services: flagged }, accepts, approves, ...arrives],
  'short and flagged, reviewed first': [{ ...short, services: flagged }, approves, accepts, ...arrives],
  'short and flagged, rejected': [{ ...short, services: flagged }, rejects],
  'short and flagged, lowered': [
    { ...short, services: flagged },
    approves,
    lowers(can('decision'), 'rare', 1),
    ...arrives,
  ],
  'short, flagged and paid later': [
    { ...short, order: { ...short.order, ...payLater }, services: flagged },
    accepts,
    approves,
    pays,
    ...arrives,
  ],
  'paid later by card': [{ order: payLater }, pays, ...arrives],
  'paid later by the provider': [{ order: payLater }, providerPays, ...arrives],
  'paid later at the second attempt': [{ order: payLater }, providerFails, pays, ...arrives],
  'paid later, flagged': [{ order: payLater, services: flagged }, approves, pays, ...arrives],
  'never paid': [{ order: payLater }],
  'made smaller while it is flagged': [{ services: flagged }, lowers(can('review'), 'mug', 1), approves, ...arrives],
  'made smaller before it is paid': [{ order: payLater }, lowers(can('payment'), 'mug', 1), pays, ...arrives],
  'card declined': [{ services: { 'payment.authorize': refuses('payment_declined') } }],
  fraud: [{ services: { 'payment.screen': refuses('fraud_rejected') } }],
  'nothing there': [{ order: { lines: [{ sku: 'gone', quantity: 1, unitPrice: 100 }] } }],
  'an address that is not delivered to': [
    { order: vaseAndLamp, services: { 'shipping.book': refuses('undeliverable_address') } },
  ],
  'cancelled while it is flagged': [{ services: flagged }, cancels(can('review'))],
  'cancelled before it is paid': [{ order: payLater }, cancels(can('payment'))],
  'cancelled when it is booked': [{ order: vaseAndLamp }, cancels(parcels('booked'))],
  'lost and sent again': [
    {},
    dispatches,
    { when: parcels('dispatched'), happens: (order) => order.news('shipment.lost') },
    {
      when: ({ shipments }) => shipments.some((s) => s.id.endsWith('-2') && s.status === 'booked'),
      happens: (order) => order.news('shipment.delivered', { shipmentId: `${order.order.id}-east-2`, signedBy: 'A' }),
    },
  ],
  'one of two lost': [
    { order: vaseAndLamp, stock: { vase: { east: 1 }, lamp: { west: 1 } } },
    ...oneOfTwo('shipment.lost'),
  ],
  'one of two returned': [{ order: vaseAndLamp }, ...oneOfTwo('shipment.returned')],
  'both returned': [
    { order: vaseAndLamp },
    dispatches,
    { when: parcels('dispatched'), happens: (order) => order.news('shipment.returned') },
  ],
  'signed for while it is on its way': [{}, dispatches, signsEarly, deliversUnsigned],
  'the carrier forgets it, and it is skipped': [
    { order: vaseAndLamp },
    ...['awaitDispatch', 'awaitDispatch', 'awaitDelivery', 'awaitDelivery', 'signForDelivery'].map(resolves('skip')),
  ],
  'the carrier forgets one of two': [
    { order: vaseAndLamp },
    dispatches,
    {
      when: parcels('dispatched'),
      happens: (order) => order.news('shipment.delivered', { shipmentId: `${order.order.id}-east`, signedBy: 'A' }),
    },
    resolves('abandon')('awaitDelivery:ord_1-west'),
  ],
  'the carrier forgets it, and it is given up': [{}, dispatches, resolves('abandon')('awaitDelivery')],
  'cancelled, but one of two is out': [
    { order: vaseAndLamp },
    {
      when: parcels('booked'),
      happens: (order) => {
        order.services.carrier.fetch(`${order.order.id}-west`);
        order.command('cancel', {});
      },
    },
    {
      when: ({ shipments }) => shipments.some((s) => s.status === 'dispatched'),
      // The news names this parcel: news without a shipment would also apply to the parcel that is being taken back.
      happens: (order) => order.news('shipment.delivered', { shipmentId: `${order.order.id}-west`, signedBy: 'A' }),
    },
  ],
};

/** The failure code of each kind that ends early. All other kinds are completed. */
const early: Record<string, string> = {
  'flagged and rejected': 'fraud_rejected',
  'flagged, nobody decides': 'review_deadline',
  'short and given up': 'cancelled_by_operator',
  'short, nobody decides': 'customer_deadline',
  'short and flagged, rejected': 'fraud_rejected',
  'never paid': 'payment_deadline',
  'card declined': 'payment_declined',
  fraud: 'fraud_rejected',
  'nothing there': 'out_of_stock',
  'an address that is not delivered to': 'undeliverable_address',
  'cancelled while it is flagged': 'cancelled_by_operator',
  'cancelled before it is paid': 'cancelled_by_operator',
  'cancelled when it is booked': 'cancelled_by_operator',
  'both returned': 'returned_to_sender',
  'the carrier forgets it, and it is given up': 'cancelled_by_operator',
};

/** Runs an order and describes its end, without times and attempts. An order that ended early is described only by what is left. */
async function endOf([setup, ...deeds]: [Setup, ...Deed[]], pace: Pace) {
  const order = new PacedOrder(setup, deeds, pace);
  const outcome = await order.live();
  const { view } = order;
  expectOrderOfSteps(view);
  const { inventory, payment, carrier, told } = order.services;
  const books = {
    available: inventory.available,
    reserved: inventory.held('reserved'),
    money: [payment.authorized, payment.captured, payment.refunded],
    bookings: [...carrier.bookings.values()].filter((state) => state !== 'cancelled').length,
  };
  const failure = outcome.kind === 'ended' ? outcome.failure.code : undefined;
  const { authorized, captured, refunded, status } = view.payment;
  return {
    order,
    end: {
      status: view.status,
      books,
      payment: { authorized, captured, refunded },
      failure,
      // How far an order gets before it ends early depends on the pace, so its progress is not compared.
      ...(failure === undefined && {
        paymentStatus: status,
        total: view.total,
        lines: view.lines,
        shipments: view.shipments.map((s) => [s.id, s.status, s.lines]),
        steps: view.steps.map((s) => [s.id, s.state]).sort(),
        told: told.toSorted(),
      }),
    },
  };
}

describe.each(Object.entries(kinds))('an order: %s', (name, kind) => {
  it('ends the same however slow each service is', async () => {
    const { order, end } = await endOf(kind, {});
    expect(end.failure).toBe(early[name]);
    expect(end.status === 'completed').toBe(early[name] === undefined);
    const together = new Set(order.together);
    const calls = new Set(order.calls);
    const paces: Record<string, Pace> = {};
    const modes = [true, false].flatMap((answersLate) =>
      [true, false].map((peopleFirst) => ({ answersLate, peopleFirst })),
    );
    const both = (label: string, pace: Pace) => {
      for (const mode of modes) paces[`${label} ${JSON.stringify(mode)}`] = { ...pace, ...mode };
    };
    const operations = new Set(order.services.calls.map((c) => c.operation));
    for (const route of operations) both(`slow route ${route}`, { slow: (_call, operation) => operation === route });
    for (const slow of calls) both(`slow ${slow}`, { slow: (call) => call === slow });
    const run = async (pace: Pace, label: string) => {
      const paced = await endOf(kind, pace).catch((error: unknown) => {
        throw new Error(`${name}: ${label}`, { cause: error });
      });
      expect(paced.end, `${name}: ${label}`).toEqual(end);
      for (const pair of paced.order.together) together.add(pair);
    };
    for (const [label, pace] of Object.entries(paces)) await run(pace, label);
    // The slow runs have shown which calls can be under way at once.
    for (const pair of together) {
      const swapped = pair.split(' ') as [CallId, CallId];
      for (const mode of modes) await run({ swapped, ...mode }, `${swapped.join(' after ')} ${JSON.stringify(mode)}`);
    }
  });
});
