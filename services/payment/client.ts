import { serviceClient, type ClientOptions, type ServiceClient } from '../support/client.js';
import { paymentContract } from './contract.js';

export type PaymentClient = ServiceClient<typeof paymentContract>;

/** A client of the payment service; see {@link serviceClient}. */
export function paymentClient(options: Omit<ClientOptions, 'service'>): PaymentClient {
  return serviceClient(paymentContract, { service: 'payment', ...options });
}
