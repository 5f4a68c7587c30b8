import type { Money, PlaceOrder } from '../../../contracts/order.js';
import type { OrderStatus } from '../../../contracts/statuses.js';
import { totalOf, type RecordedOrder, type RecordedStatus } from './order-log.js';

/**
 * What the shop, its customer, its payment provider and its carrier do with an order after it is placed. Each message is sent when the order
 * is in the right state (`moments` in play.ts), and is skipped if its effect is there already.
 */
export type PlannedMessage =
  | { kind: 'payment.succeeded'; at: string; amount: Money }
  | { kind: 'shipment.dispatched'; at: string }
  | { kind: 'shipment.delivered'; at: string; signedBy: string }
  | { kind: 'shipment.returned'; at: string; reason: string }
  | { kind: 'cancel'; from: 'awaiting_payment' | 'confirmed'; reason: string }
  | { kind: 'return'; reason: string }
  | { kind: 'return.received'; at: string };

/** Where an order must end: in the API, and in the payment and the inventory service. */
interface Expectation {
  status: OrderStatus;
  failure?: 'cancelled_by_customer' | 'returned_to_sender';
  payment: { authorized: Money; captured: Money; refunded: Money };
  /** The state of all its pieces; `free`: for sale again. */
  pieces: 'reserved' | 'committed' | 'free';
}

export interface OrderPlan {
  /** The order's id in the log: its reference, and its Idempotency-Key. */
  reference: string;
  fileLine: number;
  recorded: RecordedStatus;
  placement: PlaceOrder;
  /** Where the shop keeps what it sells in this order. */
  stock: { sku: string; warehouse: string; quantity: number }[];
  messages: PlannedMessage[];
  expected: Expectation;
}

/**
 * Plans how an order of the log is played. The recorded status decides how far it goes. If recorded times contradict the process, the order
 * of the process wins. Events that must have happened and were not recorded are played, too.
 */
export function planOrder(order: RecordedOrder): OrderPlan {
  const total = totalOf(order);
  const way = wayOf(order);
  return {
    reference: order.id,
    fileLine: order.fileLine,
    recorded: order.status,
    placement: placementOf(order),
    stock: order.lines.map(({ product, seller, quantity }) => ({ sku: product, warehouse: seller, quantity })),
    messages: messagesOf(order, way, total),
    expected: expectationOf(way, total),
  };
}

type Way =
  | 'unpaid'
  | 'paid'
  | 'dispatched'
  | 'delivered'
  | 'canceled unpaid'
  | 'canceled paid'
  | 'canceled after hand-over'
  | 'canceled after delivery';

function wayOf(order: RecordedOrder): Way {
  switch (order.status) {
    case 'created':
      return 'unpaid';
    case 'approved':
    case 'invoiced':
    case 'processing':
      return 'paid';
    case 'shipped':
      return 'dispatched';
    case 'delivered':
      return 'delivered';
    case 'unavailable':
    case 'canceled':
      if (order.deliveredAt !== undefined) return 'canceled after delivery';
      if (order.handedOverAt !== undefined) return 'canceled after hand-over';
      return order.approvedAt !== undefined || paidAtPlacing(order) ? 'canceled paid' : 'canceled unpaid';
  }
}

/** Cards pay when the order is placed; boleto and voucher when the provider says so. An order that stayed `created` never paid. */
function paidAtPlacing(order: RecordedOrder): boolean {
  return (order.paymentType === 'credit_card' || order.paymentType === 'debit_card') && order.status !== 'created';
}

/** The body must be the same in a later log, where the order has gone further, because the Idempotency-Key belongs to this body. */
function placementOf(order: RecordedOrder): PlaceOrder {
  return {
    customerId: order.customer,
    currency: 'BRL',
    lines: order.lines.map(({ product, quantity, unitPrice }) => ({ sku: product, quantity, unitPrice })),
    shippingFee: order.freight,
    payment: paidAtPlacing(order) ? { method: 'card', token: 'tok_ok' } : { method: 'later' },
    // The log has no addresses.
    shippingAddress: {
      name: `Customer ${order.customer}`,
      line1: 'not recorded',
      city: 'not recorded',
      postalCode: '00000-000',
      country: 'BR',
    },
    carrier: 'external',
    reference: order.id,
    metadata: { purchasedAt: order.purchasedAt, paymentType: order.paymentType },
  };
}

const paidWays: readonly Way[] = [
  'paid',
  'dispatched',
  'delivered',
  'canceled paid',
  'canceled after hand-over',
  'canceled after delivery',
];
const dispatchedWays: readonly Way[] = [
  'dispatched',
  'delivered',
  'canceled after hand-over',
  'canceled after delivery',
];
const deliveredWays: readonly Way[] = ['delivered', 'canceled after delivery'];

function messagesOf(order: RecordedOrder, way: Way, total: Money): PlannedMessage[] {
  const messages: PlannedMessage[] = [];
  const approvedAt = order.approvedAt ?? order.purchasedAt;
  const handedOverAt = order.handedOverAt ?? order.deliveredAt ?? approvedAt;
  // A delivery without a time: the promised day is the best guess, unless the parcel left later.
  const promised = order.estimatedDeliveryAt ?? handedOverAt;
  const deliveredAt = order.deliveredAt ?? (promised < handedOverAt ? handedOverAt : promised);

  if (paidWays.includes(way) && !paidAtPlacing(order)) {
    messages.push({ kind: 'payment.succeeded', at: approvedAt, amount: total });
  }
  if (dispatchedWays.includes(way)) messages.push({ kind: 'shipment.dispatched', at: handedOverAt });
  if (deliveredWays.includes(way)) {
    messages.push({ kind: 'shipment.delivered', at: deliveredAt, signedBy: order.customer });
  }
  const reason = `recorded as ${order.status}`;
  if (way === 'canceled unpaid') messages.push({ kind: 'cancel', from: 'awaiting_payment', reason });
  if (way === 'canceled paid') messages.push({ kind: 'cancel', from: 'confirmed', reason });
  if (way === 'canceled after hand-over') messages.push({ kind: 'shipment.returned', at: handedOverAt, reason });
  if (way === 'canceled after delivery') {
    messages.push({ kind: 'return', reason }, { kind: 'return.received', at: deliveredAt });
  }
  return messages;
}

function expectationOf(way: Way, total: Money): Expectation {
  const nothing = { authorized: 0, captured: 0, refunded: 0 };
  const held = { ...nothing, authorized: total };
  const taken = { ...nothing, captured: total };
  const givenBack = { ...taken, refunded: total };
  switch (way) {
    case 'unpaid':
      return { status: 'awaiting_payment', payment: nothing, pieces: 'reserved' };
    case 'paid':
      return { status: 'confirmed', payment: held, pieces: 'committed' };
    case 'dispatched':
      return { status: 'shipping', payment: taken, pieces: 'committed' };
    case 'delivered':
      return { status: 'completed', payment: taken, pieces: 'committed' };
    case 'canceled unpaid':
    case 'canceled paid':
      return { status: 'cancelled', failure: 'cancelled_by_customer', payment: nothing, pieces: 'free' };
    case 'canceled after hand-over':
      return { status: 'cancelled', failure: 'returned_to_sender', payment: givenBack, pieces: 'free' };
    case 'canceled after delivery':
      return { status: 'completed', payment: givenBack, pieces: 'free' };
  }
}
