import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, it } from 'vitest';
import { inventoryActivities } from '../../activities/inventory.js';
import { paymentActivities } from '../../activities/payment.js';
import type { InventoryClient } from '../../services/inventory/client.js';
import type { PaymentClient } from '../../services/payment/client.js';

/** A result stays in the run's history for good. So it holds only facts that the run does not know yet. */

const local = () => new MockActivityEnvironment({ isLocal: true });
const key = 'ord_1:confirmOrder:commit';

function sold(...parcels: { warehouse: string; sku: string }[]): InventoryClient {
  const answer = parcels.map(({ warehouse, sku }) => ({
    shipmentId: `ord_1-${warehouse}`,
    warehouse,
    lines: [{ sku, quantity: 2 }],
  }));
  return { commit: () => Promise.resolve({ parcels: answer }) } as unknown as InventoryClient;
}

const known = [{ warehouse: 'east', lines: [{ quantity: 2, sku: 'mug' }] }];

it('parcels that are sold as the run knows them are not repeated', async () => {
  const { commit } = inventoryActivities(sold({ warehouse: 'east', sku: 'mug' }));
  expect(await local().run(commit, { key, orderId: 'ord_1', known })).toEqual({});
});

it('parcels that are sold from another warehouse after their reservation expired are returned', async () => {
  const { commit } = inventoryActivities(sold({ warehouse: 'west', sku: 'mug' }));
  expect(await local().run(commit, { key, orderId: 'ord_1', known })).toEqual({
    parcels: [{ warehouse: 'west', lines: [{ sku: 'mug', quantity: 2 }] }],
  });
});

it('sums of 0 are left out, the others are returned', async () => {
  const balance = { authorized: 0, captured: 2990, refunded: 0 };
  const { settle } = paymentActivities({ settle: () => Promise.resolve({ balance }) } as unknown as PaymentClient);
  expect(await local().run(settle, { key, orderId: 'ord_1' })).toEqual({ captured: 2990 });
});
