import type { OrderView } from '../../contracts/order.js';

/** A completed order of one line, without the parts that tell one order from another. */
export const exampleOrder: Omit<OrderView, 'id' | 'status' | 'shopId' | 'customerId' | 'placedAt'> = {
  revision: 4,
  currency: 'EUR',
  total: 2990,
  lines: [{ sku: 'mug', name: 'Mug', quantity: 2, unitPrice: 1250, reserved: 2 }],
  shippingFee: 490,
  adjustments: [],
  shippingAddress: { name: 'Ada', line1: '1 Main St', city: 'Berlin', postalCode: '10115', country: 'DE' },
  carrier: 'external',
  payment: { method: 'card', status: 'captured', authorized: 0, captured: 2990, refunded: 0, attempts: [] },
  shipments: [{ id: 'one', warehouse: 'east', status: 'delivered', lines: [{ sku: 'mug', quantity: 2 }] }],
  returns: [],
  process: { name: 'order', version: 2 },
  steps: [],
  possible: [],
  updatedAt: '2024-01-01T00:00:00.000Z',
};
