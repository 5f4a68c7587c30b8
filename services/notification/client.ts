import { serviceClient, type ClientOptions, type ServiceClient } from '../support/client.js';
import { notificationContract } from './contract.js';

export type NotificationClient = ServiceClient<typeof notificationContract>;

/** A client of the notification service; see {@link serviceClient}. */
export function notificationClient(options: Omit<ClientOptions, 'service'>): NotificationClient {
  return serviceClient(notificationContract, { service: 'notification', ...options });
}
