import { serviceClient, type ClientOptions, type ServiceClient } from '../support/client.js';
import { inventoryContract } from './contract.js';

export type InventoryClient = ServiceClient<typeof inventoryContract>;

/** A client of the inventory service; see {@link serviceClient}. */
export function inventoryClient(options: Omit<ClientOptions, 'service'>): InventoryClient {
  return serviceClient(inventoryContract, { service: 'inventory', ...options });
}
