import type { OrderView, ReturnView } from '../../../contracts/order.js';
import type { OrderPublication, Position } from '../../../contracts/publication.js';

/** An order of two mugs: 25.00, and 4.90 for shipping. A test overrides the fields that it is about. */
export function orderView(overrides: Partial<OrderView> = {}): OrderView {
  return {
    id: 'ord_1',
    status: 'placed',
    revision: 0,
    customerId: 'c-1',
    shopId: 'demo',
    currency: 'EUR',
    total: 2990,
    lines: [{ sku: 'mug', quantity: 2, unitPrice: 1250, reserved: 2 }],
    shippingFee: 490,
    adjustments: [],
    shippingAddress: { name: 'Ada', line1: 'Street 1', city: 'Berlin', postalCode: '10115', country: 'DE' },
    carrier: 'simulated',
    payment: { method: 'card', status: 'none', authorized: 0, captured: 0, refunded: 0, attempts: [] },
    shipments: [],
    returns: [],
    process: { name: 'order', version: 1 },
    steps: [],
    possible: ['cancel'],
    placedAt: '2026-01-01T10:00:00.000Z',
    updatedAt: '2026-01-01T10:00:00.000Z',
    ...overrides,
  };
}

/** The same order: paid, delivered in one parcel and completed. */
export function deliveredView(overrides: Partial<OrderView> = {}): OrderView {
  return orderView({
    status: 'completed',
    payment: { method: 'card', status: 'captured', authorized: 0, captured: 2990, refunded: 0, attempts: [] },
    shipments: [{ id: 'ord_1-east', warehouse: 'east', status: 'delivered', lines: [{ sku: 'mug', quantity: 2 }] }],
    possible: ['return'],
    ...overrides,
  });
}

export function returnView(overrides: Partial<ReturnView> = {}): ReturnView {
  return {
    id: 'ret_1',
    status: 'requested',
    lines: [{ sku: 'mug', quantity: 1 }],
    reason: 'too small',
    refunded: 0,
    requestedAt: '2026-01-05T10:00:00.000Z',
    ...overrides,
  };
}

export function position(overrides: Partial<Position> = {}): Position {
  return { runId: 'run-1', length: 3, at: Date.parse('2026-01-01T10:00:00.000Z'), seq: 1, ...overrides };
}

export function publication(view: OrderView, at: Partial<Position> = {}): OrderPublication {
  return { position: position(at), fingerprint: 'f-1', view };
}
