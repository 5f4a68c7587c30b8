import { ApplicationFailure, cancellationSignal } from '@temporalio/activity';
import { defined } from '../contracts/defined.js';
import type { LatePaymentsPublication, OrderPublication, ReturnsPublication } from '../contracts/publication.js';
import type { LineQuantity, OrderView } from '../contracts/order.js';
import { isEnded } from '../contracts/statuses.js';
import type { OrdersClient } from '../services/orders/client.js';
import { Rejection, UnexpectedRejection } from '../services/support/client.js';

/** The part of an order that its returns depend on. */
export type ReturnableOrder = Pick<
  OrderView,
  'id' | 'status' | 'returnableUntil' | 'lines' | 'shippingFee' | 'adjustments' | 'returns' | 'email'
> & {
  captured: number;
  refunded: number;
  delivered: { shipmentId: string; lines: LineQuantity[] }[];
};

/** What the run that calls an activity would publish now; undefined where it cannot be asked. */
export type OwnPublication = () => Promise<OrderPublication | ReturnsPublication | undefined>;

/**
 * The activities of the order book. Runs publish what callers see, and the returns run reads the order. All of them return the answer
 * alone, as local and as ordinary activities.
 */
export function ordersActivities(
  client: OrdersClient,
  ownPublication: OwnPublication = () => Promise.resolve(undefined),
) {
  const publish = async ({ position, fingerprint, view }: OrderPublication): Promise<number> => {
    const body = { position, fingerprint, view };
    const { revision } = await client.publish({ params: { orderId: view.id }, body, signal: cancellationSignal() });
    return revision;
  };
  const publishReturns = async ({ orderId, position, returns }: ReturnsPublication): Promise<number> => {
    const body = { position, returns };
    const { revision } = await client.publishReturns({ params: { orderId }, body, signal: cancellationSignal() });
    return revision;
  };
  return {
    /** Publishes an order. Returns the revision that the book gave to the view, or a newer one. */
    publish,
    /** As {@link publish}, for the returns of an order. */
    publishReturns,
    /**
     * Resolves when the book answers, and has what the run shows: as long as this activity is pending, the book has an older state. It is
     * retried until then.
     */
    awaitBook: async (): Promise<void> => {
      await client.listChanges({ query: { limit: 1 }, signal: cancellationSignal() });
      const newest = await ownPublication();
      if (!newest) return;
      try {
        await ('view' in newest ? publish(newest) : publishReturns(newest));
      } catch (error) {
        // The book is there, and refuses this. The run publishes again by itself, with longer and longer pauses.
        if (!(error instanceof Rejection || error instanceof UnexpectedRejection)) throw error;
      }
    },
    /** The order in the book, with its returns so far. Null if the book does not know the order. Fails while the order is behind. */
    load: async ({ orderId }: { orderId: string }): Promise<ReturnableOrder | null> => {
      let view: OrderView;
      try {
        ({ view } = await client.getOrder({ params: { orderId }, signal: cancellationSignal() }));
      } catch (error) {
        if (error instanceof Rejection && error.code === 'not_found') return null;
        throw error;
      }
      // Only completed orders are returned. This one was completed in a workflow task that was lost, and has not come that far again. What
      // it shows now would give its returns another refund.
      if (!isEnded(view.status) && view.returns.length > 0) {
        const message = `Order ${orderId} has returns, and is ${view.status}: it is not yet completed again.`;
        throw ApplicationFailure.retryable(message, 'order_is_behind');
      }
      return returnable(view);
    },
    publishLatePayments: async ({ orderId, payments }: LatePaymentsPublication): Promise<void> => {
      await client.publishLatePayments({ params: { orderId }, body: { payments }, signal: cancellationSignal() });
    },
  };
}
export type OrdersActivities = ReturnType<typeof ordersActivities>;

function returnable(view: OrderView): ReturnableOrder {
  const { id, status, lines, shippingFee, adjustments, returns } = view;
  return {
    id,
    status,
    // The names of the lines would only make the history of the returns run larger.
    lines: lines.map(({ name: _, ...line }) => line),
    shippingFee,
    adjustments,
    returns,
    ...defined({ returnableUntil: view.returnableUntil, email: view.email }),
    captured: view.payment.captured,
    refunded: view.payment.refunded,
    delivered: view.shipments
      .filter((s) => s.status === 'delivered')
      .map((s) => ({ shipmentId: s.id, lines: s.lines })),
  };
}
