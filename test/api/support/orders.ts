import type { PlaceOrder } from '../../../contracts/order.js';

/** A valid order: each test changes the field that it is about. */
export function anOrder(changes: Partial<PlaceOrder> = {}): PlaceOrder {
  return {
    customerId: 'c-1',
    currency: 'EUR',
    lines: [{ sku: 'mug', quantity: 2, unitPrice: 1250, name: 'Mug' }],
    shippingFee: 490,
    payment: { method: 'card', token: 'tok_ok' },
    shippingAddress: {
      name: 'Ada Example',
      line1: 'Main Street 1',
      city: 'Berlin',
      postalCode: '10115',
      country: 'DE',
    },
    ...changes,
  };
}
