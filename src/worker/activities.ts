import { inventoryActivities } from '../../activities/inventory.js';
import { notificationActivities } from '../../activities/notification.js';
import { ordersActivities } from '../../activities/orders.js';
import { paymentActivities } from '../../activities/payment.js';
import { shippingActivities } from '../../activities/shipping.js';
import type { ServiceName } from '../config/index.js';
import { inventoryClient } from '../../services/inventory/client.js';
import { notificationClient } from '../../services/notification/client.js';
import { ordersClient } from '../../services/orders/client.js';
import { paymentClient } from '../../services/payment/client.js';
import { shippingClient } from '../../services/shipping/client.js';

export type ServiceUrls = Readonly<Record<ServiceName, string>>;

/** Below the start-to-close timeout of a queued call, so that the attempt reports what it waited for. */
const timeoutMs = 9_000;

export interface ServiceActivities {
  /** By type name, `<service>.<operation>`, service by service. */
  byService: Record<ServiceName, Record<string, (input: never) => Promise<unknown>>>;
  close(): Promise<void>;
}

/** The activities of every service, over clients that keep their connections open. */
export function createActivities(urls: ServiceUrls, token: string): ServiceActivities {
  const to = (service: ServiceName) => ({ baseUrl: urls[service], token, timeoutMs });
  const clients = {
    orders: ordersClient(to('orders')),
    inventory: inventoryClient(to('inventory')),
    payment: paymentClient(to('payment')),
    shipping: shippingClient(to('shipping')),
    notification: notificationClient(to('notification')),
  };
  const activities = {
    orders: ordersActivities(clients.orders),
    inventory: inventoryActivities(clients.inventory),
    payment: paymentActivities(clients.payment),
    shipping: shippingActivities(clients.shipping),
    notification: notificationActivities(clients.notification),
  };
  const named = Object.entries(activities).map(([service, operations]) => [
    service,
    Object.fromEntries(Object.entries(operations).map(([name, run]) => [`${service}.${name}`, run])),
  ]);
  return {
    byService: Object.fromEntries(named) as ServiceActivities['byService'],
    close: async () => {
      await Promise.all(Object.values(clients).map((client) => client.close()));
    },
  };
}
