import type { OrderView, PlaceOrder } from '../../../contracts/order.js';
import type { Driver } from './driver.js';

/** A part of the system that a scenario takes away for a while. */
interface Outage {
  begin: () => Promise<void>;
  end: () => Promise<void>;
}

export interface Scenario {
  /** Name of the history's file, and Idempotency-Key of its order. */
  name: string;
  live: (order: Driver, outage: (service: 'shipping' | 'payment') => Outage) => Promise<unknown>;
  /** It is the run of the order's returns whose history is taken. */
  returns?: boolean;
  /** Where the order has to end before its history is taken. */
  end: { status: OrderView['status']; failure?: string };
}

const lines = (...skus: string[]): PlaceOrder['lines'] => skus.map((sku) => ({ sku, quantity: 1, unitPrice: 1250 }));
const later: PlaceOrder['payment'] = { method: 'later' };
const card = (token: string): PlaceOrder['payment'] => ({ method: 'card', token });

async function deliver(order: Driver): Promise<void> {
  await order.parcels('booked');
  await order.hear('shipment.dispatched', { carrier: 'Example Post', trackingNumber: 'EX-1' });
  await order.parcels('dispatched');
  await order.hear('shipment.delivered', { signedBy: 'Ada Example' });
}

/** A completed order of three mugs, of which the customer sends some back; above 30.00 an operator has to approve that. */
async function giveBack(order: Driver, quantity: number): Promise<string> {
  await order.place({ lines: [{ sku: 'mug', quantity: 3, unitPrice: 1250 }] });
  await deliver(order);
  await order.is('completed');
  await order.tell('returns', { lines: [{ sku: 'mug', quantity }], reason: 'too many' });
  const { returns } = await order.until((view) => view.returns.length > 0);
  return returns[0]!.id;
}

/** Takes a service away, waits until the order needs an operator, brings the service back and lets the operator act. */
async function repair(order: Driver, { begin, end }: Outage, action: 'retry' | 'abandon'): Promise<void> {
  await begin();
  await order.place();
  const { failure } = await order.is('needs_attention');
  await end();
  await order.tell('resolve', { action, step: failure!.step }, 'operator');
}

/** One way to each end that an order can have, and the ways round that a person or a carrier can make it take. */
export const scenarios: Scenario[] = [
  {
    name: 'completed-one-parcel',
    live: async (order) => {
      await order.place({ carrier: 'simulated' });
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-two-parcels',
    live: async (order) => {
      await order.place({ lines: lines('vase', 'lamp') });
      const { shipments } = await order.parcels('booked');
      for (const { id, warehouse } of shipments) {
        await order.hear('shipment.dispatched', { shipmentId: id });
        await order.parcels('dispatched', warehouse);
      }
      for (const { id } of shipments) {
        await order.hear('shipment.delivered', { shipmentId: id, signedBy: 'Ada Example' });
      }
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-paid-later-by-customer',
    live: async (order) => {
      await order.place({ payment: later });
      await order.is('awaiting_payment');
      await order.tell('payment', card('tok_declined'));
      await order.until(({ payment }) => payment.attempts.length === 1);
      await order.tell('payment', card('tok_ok'));
      await deliver(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-paid-later-by-provider',
    live: async (order) => {
      const { total, currency } = await order.place({ payment: later });
      await order.is('awaiting_payment');
      await order.hear('payment.succeeded', { amount: total, currency });
      await deliver(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-by-receipt',
    live: async (order) => {
      await order.place();
      await order.parcels('booked');
      await order.hear('shipment.delivered');
      await order.is('delivered');
      await order.tell('receipt');
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-signed-automatically',
    live: async (order) => {
      await order.place();
      await order.parcels('booked');
      await order.hear('shipment.delivered');
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-part-of-a-short-line',
    live: async (order) => {
      await order.stock('rare', { east: 1 });
      await order.place({ lines: [{ sku: 'rare', quantity: 2, unitPrice: 9900 }] });
      await order.is('awaiting_customer');
      await order.tell('decision', { decision: 'accept_partial' });
      await deliver(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-after-review',
    live: async (order) => {
      await order.place({ payment: card('tok_review') });
      await order.is('awaiting_review');
      await order.tell('review', { decision: 'approve', note: 'known customer' }, 'operator');
      await deliver(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-lost-and-sent-again',
    live: async (order) => {
      await order.place();
      await order.parcels('booked');
      await order.hear('shipment.dispatched');
      const { shipments } = await order.parcels('dispatched');
      await order.hear('shipment.lost', { shipmentId: shipments[0]!.id });
      const again = await order.until((view) => view.shipments.some(({ status }) => status === 'booked'));
      const { id } = again.shipments.find(({ status }) => status === 'booked')!;
      await order.hear('shipment.delivered', { shipmentId: id, signedBy: 'Ada Example' });
    },
    end: { status: 'completed' },
  },
  {
    name: 'completed-after-retry',
    live: async (order, outage) => {
      await repair(order, outage('shipping'), 'retry');
      await deliver(order);
    },
    end: { status: 'completed' },
  },
  {
    name: 'cancelled-by-customer-unpaid',
    live: async (order) => {
      await order.place({ payment: later });
      await order.is('awaiting_payment');
      await order.tell('cancel', { reason: 'changed my mind' });
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer' },
  },
  {
    name: 'cancelled-by-customer-confirmed',
    live: async (order) => {
      await order.place({ lines: lines('vase', 'lamp') });
      await order.parcels('booked');
      await order.tell('cancel');
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer' },
  },
  {
    name: 'cancelled-by-operator',
    live: async (order) => {
      await order.place();
      await order.parcels('booked');
      await order.tell('cancel', {}, 'operator');
    },
    end: { status: 'cancelled', failure: 'cancelled_by_operator' },
  },
  {
    name: 'cancelled-abandoned',
    live: (order, outage) => repair(order, outage('shipping'), 'abandon'),
    end: { status: 'cancelled', failure: 'cancelled_by_operator' },
  },
  {
    name: 'cancelled-payment-deadline',
    live: (order) => order.place({ payment: later }),
    end: { status: 'cancelled', failure: 'payment_deadline' },
  },
  {
    name: 'cancelled-customer-deadline',
    live: async (order) => {
      await order.stock('rare', { east: 1 });
      await order.place({ lines: [{ sku: 'rare', quantity: 2, unitPrice: 9900 }] });
    },
    end: { status: 'cancelled', failure: 'customer_deadline' },
  },
  {
    name: 'cancelled-review-deadline',
    live: (order) => order.place({ payment: card('tok_review') }),
    end: { status: 'cancelled', failure: 'review_deadline' },
  },
  {
    name: 'cancelled-returned-to-sender',
    live: async (order) => {
      await order.place();
      await order.parcels('booked');
      await order.hear('shipment.dispatched');
      await order.parcels('dispatched');
      await order.hear('shipment.returned', { reason: 'not collected' });
    },
    end: { status: 'cancelled', failure: 'returned_to_sender' },
  },
  {
    name: 'failed-payment-declined',
    live: (order) => order.place({ payment: card('tok_declined') }),
    end: { status: 'failed', failure: 'payment_declined' },
  },
  {
    name: 'failed-out-of-stock',
    live: (order) => order.place({ lines: lines('gone') }),
    end: { status: 'failed', failure: 'out_of_stock' },
  },
  {
    name: 'failed-unknown-sku',
    live: (order) => order.place({ lines: lines('unicorn') }),
    end: { status: 'failed', failure: 'unknown_sku' },
  },
  {
    name: 'failed-fraud',
    live: (order) => order.place({ payment: card('tok_fraud') }),
    end: { status: 'failed', failure: 'fraud_rejected' },
  },
  {
    name: 'failed-review-rejected',
    live: async (order) => {
      await order.place({ payment: card('tok_review') });
      await order.is('awaiting_review');
      await order.tell('review', { decision: 'reject' }, 'operator');
    },
    end: { status: 'failed', failure: 'fraud_rejected' },
  },
  {
    name: 'returns-small',
    returns: true,
    live: async (order) => {
      const returnId = await giveBack(order, 1);
      await order.hear('return.received', { returnId });
      await order.until(({ returns }) => returns[0]!.status === 'closed');
    },
    end: { status: 'completed' },
  },
  {
    name: 'returns-approved-all',
    returns: true,
    live: async (order) => {
      const returnId = await giveBack(order, 3);
      await order.tell(`returns/${returnId}/review`, { decision: 'approve' }, 'operator');
      await order.hear('return.received', { returnId });
      await order.until(({ returns }) => returns[0]!.status === 'closed');
    },
    end: { status: 'completed' },
  },
  {
    name: 'returns-rejected',
    returns: true,
    live: async (order) => {
      const returnId = await giveBack(order, 3);
      await order.tell(`returns/${returnId}/review`, { decision: 'reject', note: 'worn' }, 'operator');
      await order.until(({ returns }) => returns[0]!.status === 'rejected');
    },
    end: { status: 'completed' },
  },
];
