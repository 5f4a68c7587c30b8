import type { OrderView, PlaceOrder } from '../../../contracts/order.js';
import type { Driver } from './driver.js';

/** Pieces of orders, and moves that several lives share. */

export const lines = (...skus: string[]): PlaceOrder['lines'] =>
  skus.map((sku) => ({ sku, quantity: 1, unitPrice: 1250 }));
export const later: PlaceOrder['payment'] = { method: 'later' };
export const card = (token: string): PlaceOrder['payment'] => ({ method: 'card', token });

/** The carrier takes all parcels and delivers them against a signature. */
export async function deliver(order: Driver): Promise<void> {
  await order.untilParcels('booked');
  await order.sendEvent('shipment.dispatched', { carrier: 'Example Post', trackingNumber: 'EX-1' });
  await order.untilParcels('dispatched');
  await order.sendEvent('shipment.delivered', { signedBy: 'Ada Example' });
}

/** Places an order for two pieces of a sku that has one. */
export async function placeShort(order: Driver): Promise<void> {
  await order.stock(order.ownSku, { east: 1 });
  await order.place({ lines: [{ sku: order.ownSku, quantity: 2, unitPrice: 9900 }] });
}

/** The customer sends back some of the three mugs of a completed order. Above 30.00, an operator must approve the return. */
export async function returnSome(order: Driver, quantity: number): Promise<string> {
  await order.place({ lines: [{ sku: 'mug', quantity: 3, unitPrice: 1250 }] });
  await deliver(order);
  await order.untilStatus('completed');
  await order.command('returns', { lines: [{ sku: 'mug', quantity }], reason: 'too many' });
  const { returns } = await order.until((view) => view.returns.length > 0);
  return returns[0]!.id;
}

/** One of the three mugs comes back, and the return is closed. */
export async function returnOne(order: Driver): Promise<string> {
  const returnId = await returnSome(order, 1);
  await order.sendEvent('return.received', { returnId });
  await order.until(({ returns }) => returns[0]!.status === 'closed');
  return returnId;
}

/** Shipping is away for too long, and an operator decides about the parcel. */
export async function repair(order: Driver, action: 'retry' | 'abandon'): Promise<void> {
  const { end } = order.fails('shipping', /:book$/);
  await order.place();
  await order.untilStatus('needs_attention');
  end();
  await order.resolve(action);
}

/** Two warehouses have one parcel each. */
export async function placeTwo(order: Driver): Promise<OrderView['shipments']> {
  await order.place({ lines: lines('vase', 'lamp') });
  return (await order.untilParcels('booked')).shipments;
}

export async function dispatch(order: Driver): Promise<OrderView['shipments']> {
  await order.untilParcels('booked');
  await order.sendEvent('shipment.dispatched', { carrier: 'Example Post', trackingNumber: 'EX-1' });
  return (await order.untilParcels('dispatched')).shipments;
}

/** The whole way of an order that is paid by card, to a signed delivery. */
export async function complete(order: Driver, body: Partial<PlaceOrder> = {}): Promise<OrderView> {
  await order.place(body);
  await deliver(order);
  return order.untilStatus('completed');
}

export async function awaitPayment(order: Driver, body: Partial<PlaceOrder> = {}): Promise<OrderView> {
  await order.place({ payment: later, ...body });
  return order.untilStatus('awaiting_payment');
}

export async function pay(order: Driver): Promise<void> {
  const { total, currency } = await order.untilStatus('awaiting_payment');
  await order.sendEvent('payment.succeeded', { amount: total, currency });
}

/** The customer orders less while the card is being charged, which takes longer than a workflow task may wait. */
export async function amendWhilePaying(order: Driver): Promise<void> {
  const { met } = order.fault('payment', { call: /:authorize$/, afterMs: 1400, times: 2 });
  await order.place();
  await met;
  await order.untilStep('authorizePayment', 'running');
  await order.command('amend', { lines: [{ sku: 'mug', quantity: 1 }] });
}
