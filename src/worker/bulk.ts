import { bulkActivities } from '../../activities/bulk.js';
import type { NativeConnection } from '@temporalio/worker';
import { ordersClient } from '../../services/orders/client.js';
import type { ServiceActivities } from './activities.js';
import { commandSender } from './send-command.js';

/** A page can be large, and nobody waits for it. */
const timeoutMs = 20_000;

interface Options {
  connection: NativeConnection;
  namespace: string;
  /** Of the order book. */
  url: string;
  token: string;
}

/** Adds the activity of bulks to those of the order book: it runs on the same task queue. */
export function withBulk(
  activities: ServiceActivities,
  { connection, namespace, url, token }: Options,
): ServiceActivities {
  const client = ordersClient({ baseUrl: url, token, timeoutMs });
  const { sendBulkPage } = bulkActivities(client, commandSender(connection, namespace));
  const { orders } = activities.byService;
  return {
    byService: { ...activities.byService, orders: { ...orders, 'orders.sendBulkPage': sendBulkPage } },
    close: async () => {
      await Promise.all([activities.close(), client.close()]);
    },
  };
}
