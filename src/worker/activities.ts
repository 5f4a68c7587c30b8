import { breakLocalAttempts } from '../../activities/breaker.js';
import type { Activities } from '../../activities/index.js';
import { observeCalls, type CallObserver } from '../../activities/observed-calls.js';
import { inventoryActivities } from '../../activities/inventory.js';
import { notificationActivities } from '../../activities/notification.js';
import { ordersActivities } from '../../activities/orders.js';
import { paymentActivities } from '../../activities/payment.js';
import { shippingActivities } from '../../activities/shipping.js';
import { inventoryClient } from '../../services/inventory/client.js';
import { notificationClient } from '../../services/notification/client.js';
import { ordersClient } from '../../services/orders/client.js';
import { paymentClient } from '../../services/payment/client.js';
import { shippingClient } from '../../services/shipping/client.js';
import { serviceNames, type ServiceName } from '../config/index.js';
import { ownPublication } from './own-publication.js';
import { ServiceFigures } from './service-figures.js';

export type ServiceUrls = Readonly<Record<ServiceName, string>>;

type Operations = Record<string, (input: never) => Promise<unknown>>;
interface ServiceAccess {
  baseUrl: string;
  token: string;
  timeoutMs: number;
}
/** Called when local attempts begin to fail at once, and when the service answers again (see breakLocalAttempts). */
type BreakerChanged = (service: ServiceName, isOpen: boolean) => void;
interface Connected<OfService> {
  operations: OfService;
  close: () => Promise<void>;
}
type Connect<OfService> = (
  service: ServiceName,
  access: ServiceAccess,
  breakerChanged: BreakerChanged,
  observer: CallObserver,
) => Connected<OfService>;

/**
 * The client and the activities of each service. The compiler reports a service of src/config/services.ts, or an activity of activities/,
 * that is missing here.
 */
const connections = {
  // A run loads an order while the sender of a command waits for it.
  orders: connected(ordersClient, (client) => ordersActivities(client, ownPublication), ['getOrder']),
  inventory: connected(inventoryClient, inventoryActivities),
  payment: connected(paymentClient, paymentActivities),
  shipping: connected(shippingClient, shippingActivities),
  notification: connected(notificationClient, notificationActivities),
} satisfies { [Name in ServiceName]: Connect<Activities[Name]> };

/** Shorter than the start-to-close timeout of a queued call, so that the attempt can report what it waited for. */
const timeoutMs = 9_000;

export interface ServiceActivities {
  /** The activities of each service, by their type names `<service>.<operation>`. */
  byService: Record<ServiceName, Operations>;
  close(): Promise<void>;
}

/**
 * Creates the activities of every service. Their clients keep connections open until `close`.
 *
 * @param figures learns of each call.
 */
export function createActivities(
  urls: ServiceUrls,
  token: string,
  breakerChanged: BreakerChanged = () => undefined,
  figures = new ServiceFigures(),
): ServiceActivities {
  const changed: BreakerChanged = (service, isOpen) => {
    figures.breakerChanged(service, isOpen);
    breakerChanged(service, isOpen);
  };
  const open = serviceNames.map((name) => ({
    name,
    ...connections[name](name, { baseUrl: urls[name], token, timeoutMs }, changed, figures.observerOf(name)),
  }));
  const named = open.map(({ name, operations }) => [
    name,
    Object.fromEntries(Object.entries(operations).map(([operation, run]) => [`${name}.${operation}`, run])),
  ]);
  return {
    byService: Object.fromEntries(named) as ServiceActivities['byService'],
    close: async () => {
      await Promise.all(open.map(({ close }) => close()));
    },
  };
}

function connected<Client extends { close(): Promise<void> }, OfService>(
  clientOf: (access: ServiceAccess) => Client,
  activitiesOf: (client: Client) => OfService,
  localOnly: readonly (keyof Client)[] = [],
): Connect<OfService> {
  return (service, access, breakerChanged, observer) => {
    const client = clientOf(access);
    const observed = observeCalls(client, observer);
    const guarded = breakLocalAttempts(service, observed, (isOpen) => breakerChanged(service, isOpen), localOnly);
    return { operations: activitiesOf(guarded), close: () => client.close() };
  };
}
