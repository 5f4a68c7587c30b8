import type { InventoryClient } from '../services/inventory/client.js';
import type { InputOf } from './input.js';
import { serviceCall } from './service-call.js';

type Input<Name extends keyof InventoryClient> = InputOf<InventoryClient, Name>;

/** Stock of an order: reserved, sold, given back. */
export function inventoryActivities(client: InventoryClient) {
  return {
    reserve: serviceCall(async ({ key, ...body }: Input<'reserve'>, signal) => {
      const { parcels, short } = await client.reserve({ key, body, signal });
      // The run keeps every answer in its history for good: what it does not use stays out.
      return { parcels, short };
    }),
    release: serviceCall(({ key, orderId, ...body }: Input<'release'>, signal) =>
      client.release({ key, params: { orderId }, body, signal }),
    ),
    renew: serviceCall(({ key, orderId, ...body }: Input<'renew'>, signal) =>
      client.renew({ key, params: { orderId }, body, signal }),
    ),
    reduce: serviceCall(({ key, orderId, ...body }: Input<'reduce'>, signal) =>
      client.reduce({ key, params: { orderId }, body, signal }),
    ),
    commit: serviceCall(({ key, orderId }: Input<'commit'>, signal) =>
      client.commit({ key, params: { orderId }, body: {}, signal }),
    ),
    uncommit: serviceCall(({ key, orderId, ...body }: Input<'uncommit'>, signal) =>
      client.uncommit({ key, params: { orderId }, body, signal }),
    ),
    replace: serviceCall(({ key, orderId, ...body }: Input<'replace'>, signal) =>
      client.replace({ key, params: { orderId }, body, signal }),
    ),
    restock: serviceCall(({ key, ...body }: Input<'restock'>, signal) => client.restock({ key, body, signal })),
  };
}
export type InventoryActivities = ReturnType<typeof inventoryActivities>;
