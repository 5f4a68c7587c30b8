import { serviceClient, type ServiceClient } from '../support/client.js';
import { ordersContract } from './contract.js';

export type OrdersClient = ServiceClient<typeof ordersContract>;

/** @param timeoutMs for the whole of a call; a caller of listChanges needs more than its `waitMs`. 10 s unless given. */
export function ordersClient(options: { baseUrl: string; timeoutMs?: number }): OrdersClient {
  return serviceClient(ordersContract, { service: 'orders', ...options });
}
