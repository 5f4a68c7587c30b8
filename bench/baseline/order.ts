import type { Money, OrderLine, PlaceOrder } from '../../contracts/order.js';

/** The input of the plain saga. */
export interface PlainOrder extends Pick<
  PlaceOrder,
  'customerId' | 'currency' | 'lines' | 'shippingFee' | 'shippingAddress'
> {
  orderId: string;
  shopId: string;
  lines: OrderLine[];
  token: string;
  total: Money;
}

export const plainTaskQueue = 'plain-orders';
export const plainOrder = 'plainOrder';
export const emptyWorkflow = 'emptyWorkflow';

/** The carrier's news, as Signals with the id of the parcel. */
export const dispatched = 'dispatched';
export const delivered = 'delivered';

/** What the worker of the plain saga tells the bench, so that the bench need not ask Temporal for it. */
export interface Progress {
  orderId: string;
  at: 'confirmed' | 'booked' | 'shipped';
}
