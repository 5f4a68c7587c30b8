import { serviceClient, type ClientOptions, type ServiceClient } from '../support/client.js';
import { ordersContract } from './contract.js';

export type OrdersClient = ServiceClient<typeof ordersContract>;

/**
 * A client of the orders service; its methods and errors are described at {@link serviceClient}. A caller of `listChanges`
 * needs a `timeoutMs` above its `waitMs`; each call that waits occupies one of the client's 64 connections, so a process
 * follows all changes by one call and hands them on itself.
 */
export function ordersClient(options: Omit<ClientOptions, 'service'>): OrdersClient {
  return serviceClient(ordersContract, { service: 'orders', ...options });
}
