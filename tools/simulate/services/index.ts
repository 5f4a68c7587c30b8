import type { ServiceName } from '../../../src/config/index.js';
import { InventoryInMemory } from './inventory.js';
import { NotificationInMemory } from './notification.js';
import { OrdersInMemory } from './orders.js';
import { PaymentInMemory } from './payment.js';
import { ShippingInMemory } from './shipping.js';
import type { World } from './world.js';

/** The five services with tables of their own. Each has a `client` of the type that the activities take. */
export interface ServicesInMemory {
  inventory: InventoryInMemory;
  payment: PaymentInMemory;
  shipping: ShippingInMemory;
  notification: NotificationInMemory;
  orders: OrdersInMemory;
  /** Empties all tables, and fills the stock again: the next life takes the same services, which is faster than new ones. */
  reset: () => void;
}

/** What the migration `002_demo_stock` of the inventory service sets. */
const demoStock: readonly [sku: string, warehouse: string, available: number][] = [
  ['book', 'east', 100_000],
  ['book', 'west', 100_000],
  ['gone', 'east', 0],
  ['lamp', 'west', 100_000],
  ['mug', 'east', 100_000],
  ['mug', 'west', 100_000],
  ['rare', 'east', 1],
  ['tee', 'east', 100_000],
  ['tee', 'west', 100_000],
  ['vase', 'east', 100_000],
];

/**
 * The services of one simulated world: their own rules, on tables in memory. They are deterministic: all that happens follows from the
 * calls and from the world's clock.
 *
 *     const { inventory, payment } = servicesInMemory({ now: () => clock, wait });
 *     await inventory.client.reserve({ key: `${orderId}:reserveStock:reserve`, body: { orderId, lines, holdMs } });
 *
 * Nothing happens in the background: the world calls `inventory.sweep()`, `notification.send()` and `shipping.happen(...)`.
 */
export function servicesInMemory(given: Pick<World, 'now' | 'wait'> & Partial<World>): ServicesInMemory {
  let rows = 0;
  let calls = 0;
  const world: World = { newId: () => String(++rows), nextSeq: () => ++calls, checksValues: true, ...given };
  const services = {
    inventory: new InventoryInMemory(world, demoStock),
    payment: new PaymentInMemory(world),
    shipping: new ShippingInMemory(world),
    notification: new NotificationInMemory(world),
    orders: new OrdersInMemory(world),
  } satisfies Record<ServiceName, { reset: () => void }>;
  const reset = () => {
    rows = 0;
    calls = 0;
    for (const service of Object.values(services)) service.reset();
  };
  return { ...services, reset };
}

export type { World };
