import { serviceClient, type ClientOptions, type ServiceClient } from '../support/client.js';
import { shippingContract } from './contract.js';

export type ShippingClient = ServiceClient<typeof shippingContract>;

/** A client of the shipping service; see {@link serviceClient}. */
export function shippingClient(options: Omit<ClientOptions, 'service'>): ShippingClient {
  return serviceClient(shippingContract, { service: 'shipping', ...options });
}
