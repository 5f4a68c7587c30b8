import type { PlaceOrder } from '../../../contracts/order.js';
import type { Driver } from './driver.js';
import type { Outage } from './life.js';

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

/** Stops a service, waits until the order needs an operator, starts the service again and lets the operator act. */
export async function repair(order: Driver, { begin, end }: Outage, action: 'retry' | 'abandon'): Promise<void> {
  await begin();
  await order.place();
  const { failure } = await order.untilStatus('needs_attention');
  await end();
  await order.command('resolve', { action, step: failure!.step }, 'operator');
}
