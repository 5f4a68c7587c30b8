import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Allocation } from '../../contracts/order.js';
import type { InventoryClient } from '../../services/inventory/client.js';
import type { AllocatedParcel } from '../../services/inventory/contract.js';
import type { NotificationClient } from '../../services/notification/client.js';
import type { PaymentClient } from '../../services/payment/client.js';
import type { ShippingClient } from '../../services/shipping/client.js';
import { Rejection, UnexpectedRejection } from '../../services/support/errors.js';
import type { PlainOrder, Progress } from './order.js';

export interface Clients {
  inventory: InventoryClient;
  payment: PaymentClient;
  shipping: ShippingClient;
  notification: NotificationClient;
}

type Notice = 'confirmed' | 'shipped' | 'completed' | 'failed';

/** One activity for each call of a service. All of them answer only what the saga needs. */
export function plainActivities(
  { inventory, payment, shipping, notification }: Clients,
  tell: (news: Progress) => void,
) {
  return {
    reserve: (order: PlainOrder): Promise<AllocatedParcel[]> =>
      make(async (signal) => {
        const lines = order.lines.map(({ sku, quantity }) => ({ sku, quantity }));
        const body = { orderId: order.orderId, lines, holdMs: 15 * 60_000 };
        const { parcels, short } = await inventory.reserve({ key: keyFor('reserve', order.orderId), body, signal });
        if (short.length > 0) throw ApplicationFailure.nonRetryable('Not everything is in stock', 'out_of_stock');
        return parcels;
      }),
    release: (orderId: string): Promise<void> =>
      make(async (signal) => {
        await inventory.release({ key: keyFor('release', orderId), params: { orderId }, body: {}, signal });
      }),
    screen: ({ orderId, shopId, customerId, total, currency, token }: PlainOrder): Promise<void> =>
      make(async (signal) => {
        const body = { orderId, shopId, customerId, amount: total, currency, token };
        const { outcome } = await payment.screen({ key: keyFor('screen', orderId), body, signal });
        if (outcome === 'review') throw ApplicationFailure.nonRetryable('A person would review it', 'fraud_rejected');
      }),
    authorize: ({ orderId, total, currency, token }: PlainOrder): Promise<void> =>
      make(async (signal) => {
        const body = { orderId, amount: total, currency, token };
        await payment.authorize({ key: keyFor('authorize', orderId), body, signal });
      }),
    voidPayment: (orderId: string): Promise<void> =>
      make(async (signal) => {
        await payment.void({ key: keyFor('void', orderId), params: { orderId }, body: {}, signal });
      }),
    commit: (orderId: string): Promise<void> =>
      make(async (signal) => {
        await inventory.commit({ key: keyFor('commit', orderId), params: { orderId }, body: {}, signal });
        tell({ orderId, at: 'confirmed' });
      }),
    uncommit: (orderId: string): Promise<void> =>
      make(async (signal) => {
        await inventory.uncommit({ key: keyFor('uncommit', orderId), params: { orderId }, body: {}, signal });
      }),
    book: (order: PlainOrder, { shipmentId, warehouse, lines }: { shipmentId: string } & Allocation): Promise<void> =>
      make(async (signal) => {
        const { orderId, shippingAddress: address } = order;
        const body = { shipmentId, orderId, warehouse, carrier: 'external' as const, lines, address };
        await shipping.book({ key: keyFor('book', shipmentId), body, signal });
        tell({ orderId, at: 'booked' });
      }),
    cancelBooking: (orderId: string, shipmentId: string): Promise<void> =>
      make(async (signal) => {
        await shipping.cancel({ key: keyFor('cancel', shipmentId), params: { shipmentId }, body: { orderId }, signal });
      }),
    capture: (orderId: string, shipmentId: string, amount: number): Promise<void> =>
      make(async (signal) => {
        const body = { shipmentId, amount };
        await payment.capture({ key: keyFor('capture', shipmentId), params: { orderId }, body, signal });
      }),
    settle: (orderId: string): Promise<void> =>
      make(async (signal) => {
        await payment.settle({ key: keyFor('settle', orderId), params: { orderId }, body: {}, signal });
      }),
    notify: (orderId: string, event: Notice, subject?: string): Promise<void> =>
      make(async (signal) => {
        const body = { orderId, event, ...(subject === undefined ? {} : { subject }) };
        await notification.notify({ key: keyFor(`notify-${event}`, subject ?? orderId), body, signal });
        if (event === 'shipped') tell({ orderId, at: 'shipped' });
      }),
  };
}

export type PlainActivities = ReturnType<typeof plainActivities>;

/** The same for every attempt of a call. */
function keyFor(operation: string, subject: string): string {
  return `${activityInfo().workflowExecution!.workflowId}:${operation}:${subject}`;
}

/** A rejection would only be repeated, so it is not retried. Everything else is. */
async function make<Answer>(call: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
  try {
    return await call(cancellationSignal());
  } catch (error) {
    if (error instanceof Rejection) throw ApplicationFailure.nonRetryable(error.message, error.code);
    if (error instanceof UnexpectedRejection) throw ApplicationFailure.nonRetryable(error.message);
    throw error;
  }
}
