import { ApplicationFailure } from '@temporalio/common';
import { activityInfo } from '@temporalio/activity';
import type { NumberedAnswer } from '../../activities/service-call.js';
import type { InventoryActivities } from '../../activities/inventory.js';
import type { NotificationActivities } from '../../activities/notification.js';
import type { OrdersActivities } from '../../activities/orders.js';
import type { PaymentActivities } from '../../activities/payment.js';
import type { ShippingActivities } from '../../activities/shipping.js';
import type { OrderPublication } from '../../contracts/publication.js';
import type { OrderView } from '../../contracts/order.js';

type Service<Name extends string, Activities> = {
  [K in keyof Activities as `${Name}.${K & string}`]: Activities[K];
};
export type AllActivities = Service<'inventory', InventoryActivities> &
  Service<'payment', PaymentActivities> &
  Service<'shipping', ShippingActivities> &
  Service<'notification', NotificationActivities> &
  Service<'orders', OrdersActivities>;

export interface Recorded {
  /** `inventory.reserve` and so on, in the order the calls came in, with their keys. */
  calls: { type: string; key: string; input: Record<string, unknown> }[];
  publications: OrderPublication[];
  /** The latest published view of an order. */
  view(orderId: string): OrderView | undefined;
}

export const fault = () => ApplicationFailure.create({ type: 'service_fault', message: '500 from the service' });

/**
 * Activities that answer as healthy services do, without services: workflow tests say what differs. Each call is recorded. The answer is
 * wrapped as real activities wrap it.
 */
export function fakeActivities(overrides: Partial<AllActivities> = {}): { activities: object; recorded: Recorded } {
  const recorded: Recorded = {
    calls: [],
    publications: [],
    view: (orderId) => recorded.publications.filter((p) => p.view.id === orderId).at(-1)?.view,
  };
  const held = new Map<
    string,
    { warehouse: string; shipmentId: string; lines: { sku: string; quantity: number }[] }[]
  >();
  const money = new Map<string, { authorized: number; captured: number; refunded: number }>();
  const of = (orderId: string) => {
    const balance = money.get(orderId) ?? { authorized: 0, captured: 0, refunded: 0 };
    money.set(orderId, balance);
    return balance;
  };
  const balanceOf = (orderId: string) => Promise.resolve({ ...of(orderId) });
  const reservation = (orderId: string) =>
    Promise.resolve({ parcels: held.get(orderId) ?? [], short: [], expiresAt: '2030-01-01T00:00:00.000Z' });

  const healthy: AllActivities = {
    'inventory.reserve': ({ orderId, lines }) => {
      held.set(orderId, [{ warehouse: 'east', shipmentId: `${orderId}-east`, lines }]);
      return reservation(orderId);
    },
    'inventory.release': () => Promise.resolve({}),
    'inventory.renew': () => Promise.resolve({}),
    'inventory.reduce': ({ orderId, lines }) => {
      held.set(orderId, [{ warehouse: 'east', shipmentId: `${orderId}-east`, lines }]);
      return reservation(orderId);
    },
    'inventory.commit': ({ orderId }) => Promise.resolve({ parcels: held.get(orderId) ?? [] }),
    'inventory.uncommit': () => Promise.resolve({}),
    'inventory.replace': ({ orderId, lostShipmentId }) =>
      Promise.resolve({
        parcel: { warehouse: 'east', shipmentId: `${lostShipmentId}-2`, lines: held.get(orderId)![0]!.lines },
      }),
    'inventory.parcels': ({ orderId }) => Promise.resolve(held.get(orderId) ?? []),
    'inventory.restock': () => Promise.resolve({}),
    'payment.screen': () => Promise.resolve({ outcome: 'pass' as const }),
    'payment.authorize': ({ orderId, amount }) => {
      of(orderId).authorized += amount;
      return balanceOf(orderId).then((b) => ({ authorizationId: 'a-1', ...b }));
    },
    'payment.record': ({ orderId, amount }) => {
      of(orderId).authorized += amount;
      return balanceOf(orderId).then((b) => ({ authorizationId: 'a-2', ...b }));
    },
    'payment.giveBack': () => Promise.resolve({ isOwn: false }),
    'payment.void': ({ orderId, authorizationId }) => {
      of(orderId).authorized = authorizationId === undefined ? 0 : of(orderId).authorized / 2;
      return balanceOf(orderId);
    },
    'payment.reduce': ({ orderId, amount }) => {
      of(orderId).authorized = amount;
      return balanceOf(orderId);
    },
    'payment.capture': ({ orderId, amount }) => {
      of(orderId).authorized -= amount;
      of(orderId).captured += amount;
      return balanceOf(orderId);
    },
    'payment.refund': ({ orderId, amount }) => {
      of(orderId).refunded += amount;
      return balanceOf(orderId);
    },
    'payment.settle': ({ orderId }) => {
      of(orderId).authorized = 0;
      return balanceOf(orderId);
    },
    'payment.taken': ({ orderId }) => {
      const { captured, refunded } = of(orderId);
      return Promise.resolve(captured > 0 ? [{ subject: `${orderId}-east`, captured, refunded }] : []);
    },
    'shipping.book': () => Promise.resolve({}),
    'shipping.cancel': () => Promise.resolve({ status: 'cancelled' as const }),
    'notification.notify': () => Promise.resolve(),
    'orders.publish': () => Promise.resolve(0),
    'orders.awaitBook': () => Promise.resolve(),
    'orders.load': () => Promise.resolve(null),
    'orders.publishReturns': () => Promise.resolve(0),
    'orders.publishLatePayments': () => Promise.resolve(),
  };

  const all = { ...healthy, ...overrides } as Record<string, (input: never) => Promise<unknown>>;
  const activities = Object.fromEntries(
    Object.entries(all).map(([type, run]) => [
      type,
      async (input: Record<string, unknown>) => {
        if (!type.startsWith('orders.')) recorded.calls.push({ type, key: String(input.key), input });
        const answer = await run(input as never);
        if (type === 'orders.publish') {
          recorded.publications.push(input as unknown as OrderPublication);
          return recorded.publications.length;
        }
        const { isLocal, attempt } = activityInfo();
        return isLocal || type.startsWith('orders.') ? answer : ({ answer, attempt } satisfies NumberedAnswer<unknown>);
      },
    ]),
  );
  return { activities, recorded };
}
