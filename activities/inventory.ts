import { isDeepStrictEqual } from 'node:util';
import { defined } from '../contracts/defined.js';
import type { Allocation } from '../contracts/order.js';
import type { InventoryClient } from '../services/inventory/client.js';
import type { AllocatedParcel } from '../services/inventory/contract.js';
import type { InputOf } from './input.js';
import { serviceCall } from './service-call.js';

/** Leaves out the parcel's id, which follows from order and warehouse. */
const withoutId = ({ warehouse, lines }: AllocatedParcel): Allocation => ({ warehouse, lines });

/** Returns the parcels only if they differ from those that the run knows. */
function unlessKnown(parcels: AllocatedParcel[], known: Allocation[]): { parcels?: Allocation[] } {
  const allocations = parcels.map(withoutId);
  return isDeepStrictEqual(allocations, known) ? {} : { parcels: allocations };
}

const afterUndo = 'reservation_released';

type Input<Name extends keyof InventoryClient> = InputOf<InventoryClient, Name>;

/** The activities that reserve, sell and give back the stock of an order. */
export function inventoryActivities(client: InventoryClient) {
  return {
    reserve: serviceCall(
      async ({ key, ...body }: Input<'reserve'>, call) => {
        const { parcels, short } = await client.reserve({ key, body, ...call });
        // Every answer stays in the run's history, so leave out what the run does not use or already knows.
        return { parcels: parcels.map(withoutId), ...(short.length > 0 ? { short } : {}) };
      },
      { afterUndo },
    ),
    release: serviceCall(({ key, orderId, ...body }: Input<'release'>, call) =>
      client.release({ key, params: { orderId }, body, ...call }),
    ),
    renew: serviceCall(
      async ({ key, orderId, known, ...body }: Input<'renew'> & { known: Allocation[] }, call) => {
        const { parcels } = await client.renew({ key, params: { orderId }, body, ...call });
        return unlessKnown(parcels, known);
      },
      { afterUndo },
    ),
    reduce: serviceCall(
      async ({ key, orderId, ...body }: Input<'reduce'>, call) => {
        const { parcels } = await client.reduce({ key, params: { orderId }, body, ...call });
        return { parcels: parcels.map(withoutId) };
      },
      { afterUndo },
    ),
    commit: serviceCall(
      async ({ key, orderId, known }: Input<'commit'> & { known: Allocation[] }, call) => {
        const { parcels } = await client.commit({ key, params: { orderId }, body: {}, ...call });
        return unlessKnown(parcels, known);
      },
      { afterUndo },
    ),
    uncommit: serviceCall(({ key, orderId, ...body }: Input<'uncommit'>, call) =>
      client.uncommit({ key, params: { orderId }, body, ...call }),
    ),
    replace: serviceCall(({ key, orderId, ...body }: Input<'replace'>, call) =>
      client.replace({ key, params: { orderId }, body, ...call }),
    ),
    stopReplacing: serviceCall(({ key, orderId, ...body }: Input<'stopReplacing'>, call) =>
      client.stopReplacing({ key, params: { orderId }, body, ...call }),
    ),
    /** All parcels with pieces of the order, in any state but released. */
    parcels: serviceCall(async ({ orderId }: { key: string; orderId: string }, call): Promise<AllocatedParcel[]> => {
      const parcels = new Map<string, AllocatedParcel>();
      let cursor: string | undefined;
      do {
        const query = { orderId, limit: 200, ...defined({ cursor }) };
        const page = await client.listReservations({ query, signal: call.signal });
        for (const { shipmentId, warehouse, sku, quantity, state } of page.items) {
          if (state === 'released') continue;
          const parcel = parcels.get(shipmentId) ?? { shipmentId, warehouse, lines: [] };
          parcels.set(shipmentId, parcel);
          parcel.lines.push({ sku, quantity });
        }
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      return [...parcels.values()];
    }),
    restock: serviceCall(({ key, ...body }: Input<'restock'>, call) => client.restock({ key, body, ...call })),
  };
}
export type InventoryActivities = ReturnType<typeof inventoryActivities>;
