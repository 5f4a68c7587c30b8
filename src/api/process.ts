import type { OrderInput, OrderView } from '../../contracts/order.js';
import { totalOf } from '../../contracts/order.schema.js';

export const orderProcess = { name: 'order', version: 1 };

export function initialView(input: OrderInput): OrderView {
  const { order } = input;
  return {
    id: input.orderId,
    status: 'placed',
    revision: 0,
    customerId: order.customerId,
    shopId: input.shopId,
    ...(order.reference === undefined ? {} : { reference: order.reference }),
    ...(order.metadata === undefined ? {} : { metadata: order.metadata }),
    currency: order.currency,
    total: totalOf(order),
    lines: order.lines.map((line) => ({ ...line, reserved: 0 })),
    shippingFee: order.shippingFee,
    adjustments: order.adjustments ?? [],
    shippingAddress: order.shippingAddress,
    carrier: order.carrier ?? 'simulated',
    ...(order.email === undefined ? {} : { email: order.email }),
    payment: { method: order.payment.method, status: 'none', authorized: 0, captured: 0, refunded: 0, attempts: [] },
    shipments: [],
    returns: [],
    process: input.process,
    steps: [],
    possible: ['cancel'],
    placedAt: input.placedAt,
    updatedAt: input.placedAt,
  };
}
