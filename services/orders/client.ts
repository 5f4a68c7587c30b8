import { serviceClient, type ClientOptions, type ServiceClient } from '../support/client.js';
import { ordersContract } from './contract.js';

export type OrdersClient = ServiceClient<typeof ordersContract>;

/**
 * A client of the orders service; see {@link serviceClient}. `listChanges` needs a `timeoutMs` above its `waitMs`. Each waiting call uses
 * one of the client's 64 connections, so a process should follow all changes with one call, and distribute them itself.
 */
export function ordersClient(options: Omit<ClientOptions, 'service'>): OrdersClient {
  return serviceClient(ordersContract, { service: 'orders', ...options });
}
