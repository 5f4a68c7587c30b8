import { orderCommands } from '../../../workflows/order/messages.js';
import { orderVersions } from '../../../workflows/order/process.js';
import { Order, type Parcel } from '../../../workflows/order/state.js';
import { returnCommands } from '../../../workflows/returns/messages.js';
import { returnVersions } from '../../../workflows/returns/process.js';
import type { Example } from './first-wait.js';
import type { Freezable } from './frozen.js';

/** Every process whose versions are frozen. A new process is added here. */
export const freezables: readonly Freezable[] = [
  {
    versions: orderVersions,
    commands: orderCommands,
    example: orderExample,
    file: 'workflows/order/process.ts',
    list: 'orderVersions',
  },
  {
    versions: returnVersions,
    commands: returnCommands,
    example: () => ({ facts: { id: 'ret_1', status: 'requested', lines: [], order: { id: 'ord_1' } } }),
    file: 'workflows/returns/process.ts',
    list: 'returnVersions',
  },
];

/** An order for which every step that can wait does: it is short, pays later, and has a parcel that arrived and is not signed for. */
function orderExample(): Example {
  const deadlines = {
    paymentMs: 12_000,
    reviewMs: 84_000,
    decisionMs: 132_000,
    autoSignMs: 156_000,
    returnWindowMs: 204_000,
  };
  const order = new Order({
    orderId: 'ord_1',
    shopId: 'demo',
    order: {
      customerId: 'c-1',
      currency: 'EUR',
      lines: [{ sku: 'mug', quantity: 2, unitPrice: 1250 }],
      shippingFee: 490,
      payment: { method: 'later' },
      shippingAddress: { name: 'Ada', line1: '1 Main St', city: 'Berlin', postalCode: '10115', country: 'DE' },
    },
    placedAt: '2026-01-31T12:00:00.000Z',
    process: { name: 'order', version: 1 },
    deadlines,
    stepRetryBudgetMs: 1,
  });
  const lines = [{ sku: 'mug', quantity: 1 }];
  const parcel = (id: string, status: Parcel['status']): Parcel => ({ id, warehouse: 'east', status, lines, share: 1 });
  order.parcels = [parcel('ord_1-east', 'delivered')];
  return { facts: order, item: { ...parcel('ord_1-west', 'booked'), captured: true }, deadlines };
}
