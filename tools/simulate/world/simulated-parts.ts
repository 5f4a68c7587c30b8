import { inventoryActivities } from '../../../activities/inventory.js';
import { notificationActivities } from '../../../activities/notification.js';
import { ordersActivities } from '../../../activities/orders.js';
import { paymentActivities } from '../../../activities/payment.js';
import { shippingActivities } from '../../../activities/shipping.js';
import { haltedView } from '../../../contracts/halted.js';
import { holdOf } from '../../../contracts/trouble.js';
import { initialView, orderVersions } from '../../../workflows/order/process.js';
import { returnVersions } from '../../../workflows/returns/process.js';
import { beginAttempt } from '../runtime/modelled-activity.js';
import { servicesInMemory } from '../services/index.js';
import type { ServicesInMemory } from '../services/index.js';
import { overNetwork } from './network.js';
import type { Network } from './network.js';

/**
 * The parts of the simulation that are loaded together with the product's code, and so share its classes: the services in memory, and the
 * activities that call them over a network on which everything can go wrong.
 */

type AnyActivity = (input: unknown) => Promise<unknown>;

export interface SimulatedParts {
  services: ServicesInMemory;
  /** By the type under which a worker registers them. */
  activities: Record<string, AnyActivity>;
}

export interface PartsOptions {
  now: () => number;
  wait: (ms: number) => Promise<void>;
  checksValues: boolean;
  network: Network;
}

/** Of the world that is being lived in. */
let current: PartsOptions;
const made = new Map<boolean, SimulatedParts>();

/** The parts for a new world, with empty tables. All worlds share them, one after the other: making them takes longer than many lives. */
export function partsFor(options: PartsOptions): SimulatedParts {
  current = options;
  const { checksValues } = options;
  let parts = made.get(checksValues);
  if (!parts) made.set(checksValues, (parts = makeParts(checksValues)));
  parts.services.reset();
  return parts;
}

function makeParts(checksValues: boolean): SimulatedParts {
  const wait = (ms: number) => current.wait(ms);
  const network: Network = {
    fate: (service, operation) => current.network.fate(service, operation),
    latencyMs: (service, operation) => current.network.latencyMs(service, operation),
    lateMs: (service, operation) => current.network.lateMs(service, operation),
    wait,
    arrived: (service, operation, request, answer) => current.network.arrived(service, operation, request, answer),
  };
  const services = servicesInMemory({ now: () => current.now(), wait, checksValues });
  const { inventory, payment, shipping, notification, orders } = services;
  const parts = {
    inventory: inventoryActivities(overNetwork('inventory', inventory.client, network)),
    payment: paymentActivities(overNetwork('payment', payment.client, network)),
    shipping: shippingActivities(overNetwork('shipping', shipping.client, network)),
    notification: notificationActivities(overNetwork('notification', notification.client, network)),
    orders: ordersActivities(overNetwork('orders', orders.client, network)),
  };
  const activities: Record<string, AnyActivity> = {};
  for (const [service, operations] of Object.entries(parts)) {
    for (const [name, act] of Object.entries(operations)) activities[`${service}.${name}`] = act as AnyActivity;
  }
  return { services, activities };
}

export { beginAttempt, haltedView, holdOf, initialView, orderVersions, returnVersions };
