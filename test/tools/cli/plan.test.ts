import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readOrderLog, totalOf, type RecordedOrder } from '../../../tools/cli/import/order-log.js';
import { planOrder } from '../../../tools/cli/import/plan.js';

const order: RecordedOrder = {
  id: 'o-1',
  fileLine: 2,
  customer: 'c-1',
  status: 'delivered',
  purchasedAt: '2017-01-01T00:00:00.000Z',
  approvedAt: '2017-01-02T00:00:00.000Z',
  handedOverAt: '2017-01-03T00:00:00.000Z',
  deliveredAt: '2017-01-04T00:00:00.000Z',
  estimatedDeliveryAt: '2017-02-01T00:00:00.000Z',
  freight: 500,
  paymentType: 'boleto',
  lines: [{ product: 'p-1', seller: 's-1', quantity: 2, unitPrice: 990 }],
};

/** The order with some changes, and without some of its times. */
function changed(change: Partial<RecordedOrder>, ...without: (keyof RecordedOrder)[]): RecordedOrder {
  return Object.fromEntries(
    Object.entries({ ...order, ...change }).filter(([name]) => !without.includes(name as keyof RecordedOrder)),
  ) as unknown as RecordedOrder;
}
const kinds = (of: RecordedOrder): string[] => planOrder(of).messages.map(({ kind }) => kind);

describe('the plan of an order', () => {
  it('places it as the shop would', () => {
    expect(planOrder(order)).toMatchObject({
      reference: 'o-1',
      placement: {
        customerId: 'c-1',
        currency: 'BRL',
        lines: [{ sku: 'p-1', quantity: 2, unitPrice: 990 }],
        shippingFee: 500,
        payment: { method: 'later' },
        carrier: 'external',
        reference: 'o-1',
      },
      stock: [{ sku: 'p-1', warehouse: 's-1', quantity: 2 }],
    });
  });

  it('pays by card at placement, otherwise by a webhook of the provider', () => {
    for (const paymentType of ['credit_card', 'debit_card'] as const) {
      const plan = planOrder(changed({ paymentType }));
      expect(plan.placement.payment).toEqual({ method: 'card', token: 'tok_ok' });
      expect(plan.messages.map(({ kind }) => kind)).toEqual(['shipment.dispatched', 'shipment.delivered']);
    }
    for (const paymentType of ['boleto', 'voucher'] as const) {
      expect(planOrder(changed({ paymentType })).messages[0]).toEqual({
        kind: 'payment.succeeded',
        at: order.approvedAt,
        amount: 2480,
      });
    }
  });

  it('stops at the recorded status, whatever the times say', () => {
    expect(kinds(changed({ status: 'delivered' }))).toEqual([
      'payment.succeeded',
      'shipment.dispatched',
      'shipment.delivered',
    ]);
    expect(kinds(changed({ status: 'shipped' }))).toEqual(['payment.succeeded', 'shipment.dispatched']);
    for (const status of ['invoiced', 'processing', 'approved'] as const) {
      expect(kinds(changed({ status }))).toEqual(['payment.succeeded']);
    }
    expect(kinds(changed({ status: 'created' }))).toEqual([]);
    expect(planOrder(changed({ status: 'created', paymentType: 'credit_card' })).placement.payment).toEqual({
      method: 'later',
    });
  });

  it('keeps the causal order where the record contradicts it', () => {
    const early = changed({ handedOverAt: '2017-01-01T12:00:00.000Z' });
    expect(planOrder(early).messages.slice(0, 2)).toEqual([
      { kind: 'payment.succeeded', at: order.approvedAt, amount: 2480 },
      { kind: 'shipment.dispatched', at: '2017-01-01T12:00:00.000Z' },
    ]);
  });

  it('sends messages that are implied but not recorded', () => {
    expect(planOrder(changed({}, 'deliveredAt')).messages.at(-1)).toEqual({
      kind: 'shipment.delivered',
      at: order.estimatedDeliveryAt,
      signedBy: 'c-1',
    });
    const late = changed({ handedOverAt: '2017-03-01T00:00:00.000Z' }, 'deliveredAt');
    expect(planOrder(late).messages.at(-1)).toMatchObject({ at: '2017-03-01T00:00:00.000Z' });
    expect(planOrder(changed({}, 'approvedAt', 'handedOverAt')).messages).toEqual([
      { kind: 'payment.succeeded', at: order.purchasedAt, amount: 2480 },
      { kind: 'shipment.dispatched', at: order.deliveredAt },
      { kind: 'shipment.delivered', at: order.deliveredAt, signedBy: 'c-1' },
    ]);
  });

  it('cancels after the last recorded event', () => {
    for (const status of ['canceled', 'unavailable'] as const) {
      const paid = planOrder(changed({ status }, 'handedOverAt', 'deliveredAt'));
      expect(paid.messages).toEqual([
        { kind: 'payment.succeeded', at: order.approvedAt, amount: 2480 },
        { kind: 'cancel', from: 'confirmed', reason: `recorded as ${status}` },
      ]);
      expect(paid.expected).toEqual({
        status: 'cancelled',
        failure: 'cancelled_by_customer',
        payment: { authorized: 0, captured: 0, refunded: 0 },
        pieces: 'free',
      });
      const unpaid = planOrder(changed({ status }, 'approvedAt', 'handedOverAt', 'deliveredAt'));
      expect(unpaid.messages).toEqual([{ kind: 'cancel', from: 'awaiting_payment', reason: `recorded as ${status}` }]);
      const card = planOrder(
        changed({ status, paymentType: 'credit_card' }, 'approvedAt', 'handedOverAt', 'deliveredAt'),
      );
      expect(card.messages).toMatchObject([{ kind: 'cancel', from: 'confirmed' }]);
    }
  });

  it('returns parcels that were canceled with the carrier or the customer', () => {
    const back = planOrder(changed({ status: 'canceled' }, 'deliveredAt'));
    expect(back.messages.map(({ kind }) => kind)).toEqual([
      'payment.succeeded',
      'shipment.dispatched',
      'shipment.returned',
    ]);
    expect(back.expected).toMatchObject({ status: 'cancelled', failure: 'returned_to_sender', pieces: 'free' });
    const returned = planOrder(changed({ status: 'canceled' }));
    expect(returned.messages.map(({ kind }) => kind).slice(2)).toEqual([
      'shipment.delivered',
      'return',
      'return.received',
    ]);
    expect(returned.expected).toMatchObject({ status: 'completed', payment: { captured: 2480, refunded: 2480 } });
  });

  it('has the same placement when a later log shows more progress of the order', () => {
    const placements = (['invoiced', 'shipped', 'delivered', 'canceled'] as const).map(
      (status) => planOrder(changed({ status })).placement,
    );
    for (const placement of placements) expect(placement).toEqual(placements[0]);
  });
});

/** The path of a log of 500 orders. The repository holds 25 of them in test/fixtures; REAL_ORDERS names the whole log. */
const whole = process.env.REAL_ORDERS ?? '';

describe.skipIf(!existsSync(whole))('the plans of 500 real orders', () => {
  it('end as recorded', () => {
    const orders = readOrderLog(readFileSync(whole, 'utf8'), 'real-orders.csv');
    const plans = orders.map(planOrder);
    const ends = new Map<string, number>();
    for (const { recorded, expected } of plans) {
      const end = `${recorded} -> ${expected.status}${expected.failure ? ` ${expected.failure}` : ''}`;
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
    expect(Object.fromEntries(ends)).toEqual({
      'delivered -> completed': 352,
      'shipped -> shipping': 73,
      'invoiced -> confirmed': 22,
      'processing -> confirmed': 17,
      'approved -> confirmed': 1,
      'unavailable -> cancelled cancelled_by_customer': 2,
      'canceled -> cancelled cancelled_by_customer': 27,
      'canceled -> cancelled returned_to_sender': 4,
      'canceled -> completed': 2,
    });
    expect(orders.reduce((sum, each) => sum + totalOf(each), 0)).toBe(8_432_479);
    expect(new Set(plans.map(({ reference }) => reference)).size).toBe(500);
    for (const { messages, placement } of plans) {
      const paid = placement.payment.method === 'card' || messages[0]?.kind === 'payment.succeeded';
      expect(paid).toBe(true);
    }
  });
});
