import { cancellationSignal } from '@temporalio/activity';
import type { OrderPublication, ReturnsPublication } from '../contracts/publication.js';
import type { OrdersClient } from '../services/orders/client.js';

/** The order book: what a run shows the outside, and what the returns run reads. Each answers bare, local or not. */
export function ordersActivities(client: OrdersClient) {
  return {
    /** Answers the revision that the book has given the view, or a newer one. */
    publish: async ({ position, fingerprint, view }: OrderPublication): Promise<number> => {
      const body = { position, fingerprint, view };
      const { revision } = await client.publish({ params: { orderId: view.id }, body, signal: cancellationSignal() });
      return revision;
    },
    publishReturns: async ({ orderId, position, returns }: ReturnsPublication): Promise<number> => {
      const body = { position, returns };
      const { revision } = await client.publishReturns({ params: { orderId }, body, signal: cancellationSignal() });
      return revision;
    },
  };
}
export type OrdersActivities = ReturnType<typeof ordersActivities>;
