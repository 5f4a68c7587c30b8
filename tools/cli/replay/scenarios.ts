import type { OrderView, PlaceOrder } from '../../../contracts/order.js';
import type { Driver } from './driver.js';

/** Stops a service for a while. */
interface Outage {
  begin: () => Promise<void>;
  end: () => Promise<void>;
}

export interface Scenario {
  /** The name of the history's file, and the Idempotency-Key of its order. */
  name: string;
  play: (order: Driver, outage: (service: 'shipping' | 'payment') => Outage) => Promise<unknown>;
  /** Record the run of the order's returns instead of the order's own run. */
  returns?: boolean;
  /** The status that the order must reach before its history is recorded. */
  end: { status: OrderView['status']; failure?: string };
}

const lines = (...skus: string[]): PlaceOrder['lines'] => skus.map((sku) => ({ sku, quantity: 1, unitPrice: 1250 }));
const later: PlaceOrder['payment'] = { method: 'later' };
const card = (token: string): PlaceOrder['payment'] => ({ method: 'card', token });

async function deliver(order: Driver): Promise<void> {
  await order.untilParcels('booked');
  await order.sendEvent('shipment.dispatched', { carrier: 'Example Post', trackingNumber: 'EX-1' });
  await order.untilParcels('dispatched');
  await order.sendEvent('shipment.delivered', { signedBy: 'Ada Example' });
}

/** The customer sends back some of the three mugs of a completed order. Above 30.00, an operator must approve the return. */
async function returnSome(order: Driver, quantity: number): Promise<string> {
  await order.place({ lines: [{ sku: 'mug', quantity: 3, unitPrice: 1250 }] });
  await deliver(order);
  await order.untilStatus('completed');
  await order.command('returns', { lines: [{ sku: 'mug', quantity }], reason: 'too many' });
  const { returns } = await order.until((view) => view.returns.length > 0);
  return returns[0]!.id;
}

/** Stops a service, waits until the order needs an operator, starts the service again and lets the operator act. */
async function repair(order: Driver, { begin, end }: Outage, action: 'retry' | 'abandon'): Promise<void> {
  await begin();
  await order.place();
  const { failure } = await order.untilStatus('needs_attention');
  await end();
  await order.command('resolve', { action, step: failure!.step }, 'operator');
}

/** One scenario for each way an order can end, and for each detour that a person or a carrier can cause. */
export const scenarios: Scenario[] = [
  {
    name: 'completed-one-parcel',
    play: async (order) => {
      await order.place({ carrier: 'simulated' });
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-two-parcels',
    play: async (order) => {
      await order.place({ lines: lines('vase', 'lamp') });
      const { shipments } = await order.untilParcels('booked');
      for (const { id, warehouse } of shipments) {
        await order.sendEvent('shipment.dispatched', { shipmentId: id });
        await order.untilParcels('dispatched', warehouse);
      }
      for (const { id } of shipments) {
        await order.sendEvent('shipment.delivered', { shipmentId: id, signedBy: 'Ada Example' });
      }
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-paid-later-by-customer',
    play: async (order) => {
      await order.place({ payment: later });
      await order.untilStatus('awaiting_payment');
      await order.command('payment', card('tok_declined'));
      await order.until(({ payment }) => payment.attempts.length === 1);
      await order.command('payment', card('tok_ok'));
      await deliver(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-paid-later-by-provider',
    play: async (order) => {
      const { total, currency } = await order.place({ payment: later });
      await order.untilStatus('awaiting_payment');
      await order.sendEvent('payment.succeeded', { amount: total, currency });
      await deliver(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-by-receipt',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      await order.sendEvent('shipment.delivered');
      await order.untilStatus('delivered');
      await order.command('receipt');
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-signed-automatically',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      await order.sendEvent('shipment.delivered');
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-part-of-a-short-line',
    play: async (order) => {
      await order.stock('rare', { east: 1 });
      await order.place({ lines: [{ sku: 'rare', quantity: 2, unitPrice: 9900 }] });
      await order.untilStatus('awaiting_customer');
      await order.command('decision', { decision: 'accept_partial' });
      await deliver(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-after-review',
    play: async (order) => {
      await order.place({ payment: card('tok_review') });
      await order.untilStatus('awaiting_review');
      await order.command('review', { decision: 'approve', note: 'known customer' }, 'operator');
      await deliver(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-lost-and-sent-again',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      await order.sendEvent('shipment.dispatched');
      const { shipments } = await order.untilParcels('dispatched');
      await order.sendEvent('shipment.lost', { shipmentId: shipments[0]!.id });
      const again = await order.until((view) => view.shipments.some(({ status }) => status === 'booked'));
      const { id } = again.shipments.find(({ status }) => status === 'booked')!;
      await order.sendEvent('shipment.delivered', { shipmentId: id, signedBy: 'Ada Example' });
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-after-retry',
    play: async (order, outage) => {
      await repair(order, outage('shipping'), 'retry');
      await deliver(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'cancelled-by-customer-unpaid',
    play: async (order) => {
      await order.place({ payment: later });
      await order.untilStatus('awaiting_payment');
      await order.command('cancel', { reason: 'changed my mind' });
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer' },
  },
  {
    name: 'cancelled-by-customer-confirmed',
    play: async (order) => {
      await order.place({ lines: lines('vase', 'lamp') });
      await order.untilParcels('booked');
      await order.command('cancel');
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer' },
  },
  {
    name: 'cancelled-by-operator',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      await order.command('cancel', {}, 'operator');
    },
    end: { status: 'cancelled', failure: 'cancelled_by_operator' },
  },
  {
    name: 'cancelled-abandoned',
    play: (order, outage) => repair(order, outage('shipping'), 'abandon'),
    end: { status: 'cancelled', failure: 'cancelled_by_operator' },
  },
  {
    name: 'cancelled-payment-deadline',
    play: (order) => order.place({ payment: later }),
    end: { status: 'cancelled', failure: 'payment_deadline' },
  },
  {
    name: 'cancelled-customer-deadline',
    play: async (order) => {
      await order.stock('rare', { east: 1 });
      await order.place({ lines: [{ sku: 'rare', quantity: 2, unitPrice: 9900 }] });
    },
    end: { status: 'cancelled', failure: 'customer_deadline' },
  },
  {
    name: 'cancelled-review-deadline',
    play: (order) => order.place({ payment: card('tok_review') }),
    end: { status: 'cancelled', failure: 'review_deadline' },
  },
  {
    name: 'cancelled-returned-to-sender',
    play: async (order) => {
      await order.place();
      await order.untilParcels('booked');
      await order.sendEvent('shipment.dispatched');
      await order.untilParcels('dispatched');
      await order.sendEvent('shipment.returned', { reason: 'not collected' });
    },
    end: { status: 'cancelled', failure: 'returned_to_sender' },
  },
  {
    name: 'failed-payment-declined',
    play: (order) => order.place({ payment: card('tok_declined') }),
    end: { status: 'failed', failure: 'payment_declined' },
  },
  {
    name: 'failed-out-of-stock',
    play: (order) => order.place({ lines: lines('gone') }),
    end: { status: 'failed', failure: 'out_of_stock' },
  },
  {
    name: 'failed-unknown-sku',
    play: (order) => order.place({ lines: lines('unicorn') }),
    end: { status: 'failed', failure: 'unknown_sku' },
  },
  {
    name: 'failed-fraud',
    play: (order) => order.place({ payment: card('tok_fraud') }),
    end: { status: 'failed', failure: 'fraud_rejected' },
  },
  {
    name: 'failed-review-rejected',
    play: async (order) => {
      await order.place({ payment: card('tok_review') });
      await order.untilStatus('awaiting_review');
      await order.command('review', { decision: 'reject' }, 'operator');
    },
    end: { status: 'failed', failure: 'fraud_rejected' },
  },
  {
    name: 'returns-small',
    returns: true,
    play: async (order) => {
      const returnId = await returnSome(order, 1);
      await order.sendEvent('return.received', { returnId });
      await order.until(({ returns }) => returns[0]!.status === 'closed');
    },
    end: { status: 'completed' },
  },
  {
    name: 'returns-approved-all',
    returns: true,
    play: async (order) => {
      const returnId = await returnSome(order, 3);
      await order.command(`returns/${returnId}/review`, { decision: 'approve' }, 'operator');
      await order.sendEvent('return.received', { returnId });
      await order.until(({ returns }) => returns[0]!.status === 'closed');
    },
    end: { status: 'completed' },
  },
  {
    name: 'returns-rejected',
    returns: true,
    play: async (order) => {
      const returnId = await returnSome(order, 3);
      await order.command(`returns/${returnId}/review`, { decision: 'reject', note: 'worn' }, 'operator');
      await order.until(({ returns }) => returns[0]!.status === 'rejected');
    },
    end: { status: 'completed' },
  },
];
