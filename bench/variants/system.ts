import { shops, type Checkout } from '../checkout.js';
import { Shop, type Parcels } from './shop.js';
import type { Variant } from './variant.js';

/** Orders through the API of a checkout, as a shop and a carrier send them. */
export async function systemVariant(checkout: Checkout, parcels: Parcels): Promise<Variant> {
  const shop = await Shop.open(checkout, shops.first);
  return {
    name: `${checkout.name}, ${parcels === 1 ? 'one parcel' : 'two parcels'}`,
    live: () => shop.live(parcels),
    pids: (part) => checkout.pids(part),
    close: () => shop.close(),
  };
}
