import { describe, expect, it } from 'vitest';
import type { OrderView, ReturnView, ShipmentView, StepView } from '../../contracts/order.js';
import { returnStatuses, shipmentStatuses, stepStates } from '../../contracts/statuses.js';
import { exampleView } from '../../src/api/docs/examples.js';
import { showsEffect } from '../../src/api/webhooks/effect.js';
import type { EventType, OutsideEvent } from '../../workflows/events.js';

const time = '2026-01-01T00:00:00.000Z';
const parcel = (status: ShipmentView['status'], more: Partial<ShipmentView> = {}): ShipmentView => ({
  id: 'ord_1-east',
  warehouse: 'east',
  status,
  lines: [{ sku: 'mug', quantity: 1 }],
  ...(['dispatched', 'delivered', 'lost', 'returned'].includes(status) ? { dispatchedAt: time } : {}),
  ...(status === 'delivered' ? { deliveredAt: time } : {}),
  ...more,
});
const back = (status: ReturnView['status']): ReturnView => ({
  id: 'ret_1',
  status,
  lines: [{ sku: 'mug', quantity: 1 }],
  reason: 'chipped',
  refunded: 0,
  requestedAt: '2026-01-01T00:00:00.000Z',
});
const view = (changes: Partial<OrderView>): OrderView => ({ ...exampleView, status: 'shipping', ...changes });
const event = (type: EventType, data: OutsideEvent['data'] = {}, timestamp = time): OutsideEvent => ({
  type,
  id: 'evt_1',
  timestamp,
  data,
});

describe('an event about a parcel', () => {
  /** The statuses in which the event no longer has an effect. */
  const table: [type: EventType, data: OutsideEvent['data'], shown: ShipmentView['status'][]][] = [
    ['shipment.dispatched', {}, ['dispatched', 'delivered', 'lost', 'returned', 'cancelled']],
    ['shipment.dispatched', { trackingNumber: 'T-1' }, ['cancelled']],
    ['shipment.dispatched', { carrier: 'Post' }, ['cancelled']],
    ['shipment.delivered', {}, ['delivered', 'lost', 'returned', 'cancelled']],
    ['shipment.delivered', { signedBy: 'A. Example' }, ['lost', 'returned', 'cancelled']],
    ['shipment.delivered', { trackingNumber: 'T-1' }, ['cancelled']],
    ['shipment.lost', {}, ['delivered', 'lost', 'returned', 'cancelled']],
    ['shipment.returned', {}, ['delivered', 'lost', 'returned', 'cancelled']],
  ];
  const cases = table.flatMap(([type, data, shown]) =>
    shipmentStatuses.map((status) => [type, data, status, shown.includes(status)] as const),
  );
  it.each(cases)('%s %j to a parcel that is %s: %s', (type, data, status, shown) => {
    for (const about of [data, { ...data, shipmentId: 'ord_1-east' }])
    // Without an id the event is about the parcels on their way or delivered: here none, so the run decides.
    {
      expect(showsEffect(view({ shipments: [parcel(status)] }), event(type, about))).toBe(
        shown && (status === 'delivered' || status === 'dispatched' || 'shipmentId' in about),
      );
    }
  });

  it('has no effect when the parcel shows it already', () => {
    const known = view({ shipments: [parcel('delivered', { trackingNumber: 'T-1', signedBy: 'A. Example' })] });
    expect(showsEffect(known, event('shipment.dispatched', { trackingNumber: 'T-1' }))).toBe(true);
    expect(showsEffect(known, event('shipment.delivered', { signedBy: 'A. Example' }))).toBe(true);
  });

  it('has an effect with another value: the later event corrects the earlier one, and the run decides', () => {
    const known = view({ shipments: [parcel('delivered', { trackingNumber: 'T-1', signedBy: 'A. Example' })] });
    expect(showsEffect(known, event('shipment.dispatched', { trackingNumber: 'T-2' }))).toBe(false);
    expect(showsEffect(known, event('shipment.delivered', { signedBy: 'B. Example' }))).toBe(false);
  });

  it('the first dispatch time counts; a time derived from the delivery is replaced by a reported one', () => {
    const [before, after] = ['2025-12-31T00:00:00.000Z', '2026-01-02T00:00:00.000Z'];
    const at = (type: EventType, known: ShipmentView, timestamp: string) =>
      showsEffect(view({ shipments: [known] }), event(type, { shipmentId: 'ord_1-east' }, timestamp));
    expect(at('shipment.dispatched', parcel('dispatched'), before)).toBe(false);
    expect(at('shipment.dispatched', parcel('dispatched'), after)).toBe(true);
    expect(at('shipment.dispatched', parcel('delivered', { deliveredAt: after }), after)).toBe(true);
    expect(at('shipment.dispatched', parcel('delivered'), after)).toBe(false);
    expect(at('shipment.dispatched', parcel('returned'), after)).toBe(false);
    expect(at('shipment.delivered', parcel('delivered'), before)).toBe(false);
    expect(at('shipment.delivered', parcel('delivered'), after)).toBe(true);
  });

  it('has no effect on an ended order when it is about none of its parcels', () => {
    const ended = view({ status: 'cancelled', shipments: [parcel('cancelled')] });
    expect(showsEffect(ended, event('shipment.dispatched'))).toBe(true);
  });

  it('goes to the run before there are parcels, and when one of two parcels does not show it', () => {
    expect(showsEffect(view({ shipments: [] }), event('shipment.lost'))).toBe(false);
    const two = view({ shipments: [parcel('delivered'), parcel('booked', { id: 'ord_1-west' })] });
    expect(showsEffect(two, event('shipment.delivered'))).toBe(false);
    expect(showsEffect(two, event('shipment.delivered', { shipmentId: 'ord_1-east' }))).toBe(true);
  });
});

describe('a payment', () => {
  const paying = (method: 'card' | 'later', state: StepView['state']): OrderView =>
    view({
      payment: { ...exampleView.payment, method },
      steps: [{ id: 'authorizePayment', dependsOn: [], state, attempts: 1 }],
    });
  // An operator may retry a step that is `failed`, and then it waits for the next payment.
  const waits = ['pending', 'running', 'waiting', 'failed'];

  it.each(stepStates)('that failed, while the step is %s', (state) => {
    expect(showsEffect(paying('later', state), event('payment.failed'))).toBe(!waits.includes(state));
    expect(showsEffect(paying('card', state), event('payment.failed')), 'of an order that pays by card').toBe(true);
  });

  it.each(stepStates)('that succeeded always goes to the run, which can tell payments apart; here %s', (state) => {
    expect(showsEffect(paying('later', state), event('payment.succeeded', { amount: 1 }))).toBe(false);
    expect(showsEffect(paying('card', state), event('payment.succeeded', { amount: 1 }))).toBe(false);
  });
});

describe('the goods of a return', () => {
  it.each(returnStatuses)('that is %s', (status) => {
    const shown = ['received', 'closed', 'rejected'].includes(status);
    const order = view({ returns: [back(status)] });
    expect(showsEffect(order, event('return.received', { returnId: 'ret_1' }))).toBe(shown);
    expect(showsEffect(order, event('return.received', { returnId: 'ret_2' }))).toBe(false);
  });
});
