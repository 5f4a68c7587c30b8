import { randomUUID } from 'node:crypto';
import type { OrderView, PlaceOrder } from '../../../contracts/order.js';
import { inventoryClient, type InventoryClient } from '../../../services/inventory/client.js';
import { notificationClient, type NotificationClient } from '../../../services/notification/client.js';
import { paymentClient, type PaymentClient } from '../../../services/payment/client.js';
import { shippingClient, type ShippingClient } from '../../../services/shipping/client.js';
import { httpTo } from '../../../tools/cli/http.js';
import { OrderFeed } from '../../../tools/cli/order-feed.js';
import { findSystem, keyOf } from '../../../tools/cli/find-system.js';
import { connectClient } from '../../../src/temporal/connection.js';
import { Caller, type Answer } from '../../api/support/caller.js';
import { anOrder } from '../../api/support/orders.js';
import type { TestSystem } from '../../support/system.js';
import { ShopOrder } from './shop-order.js';
import type { TemporalClient } from '../../../src/temporal/connection.js';

/** How long an order may show no change before a test gives up. Far more than any step takes, also on a busy machine. */
const patienceMs = 90_000;

/** Clients of the services, to check what was really done. */
export interface Services {
  inventory: InventoryClient;
  payment: PaymentClient;
  shipping: ShippingClient;
  notification: NotificationClient;
}

/**
 * A shop on a running system, with its customers, an operator, a payment provider and a carrier.
 *
 *     const shop = await Shop.open(system);
 *     const order = await shop.place({ payment: { method: 'later' } });
 *     await order.is('awaiting_payment');
 */
export class Shop {
  private constructor(
    readonly system: TestSystem,
    /** Calls the API with the shop's own key. */
    readonly caller: Caller,
    readonly operator: Caller,
    readonly key: string,
    readonly shopId: string,
    readonly services: Services,
    readonly temporal: TemporalClient,
    readonly feed: OrderFeed,
  ) {}

  static async open(system: TestSystem): Promise<Shop> {
    const { config, urls, temporalAddress: address } = system;
    const shop = keyOf(config, 'shop');
    const found = findSystem(config);
    const token = config.serviceToken;
    return new Shop(
      system,
      new Caller(urls.api, shop.key),
      new Caller(urls.api, keyOf(config, 'operator').key),
      shop.key,
      shop.shopId,
      {
        inventory: inventoryClient({ baseUrl: urls.inventory, token }),
        payment: paymentClient({ baseUrl: urls.payment, token }),
        shipping: shippingClient({ baseUrl: urls.shipping, token }),
        notification: notificationClient({ baseUrl: urls.notification, token }),
      },
      await connectClient({ temporal: { ...config.temporal, address, connectionOptions: { address } } }),
      await OrderFeed.open(found, httpTo(found, 60_000), shop.key, patienceMs),
    );
  }

  async close(): Promise<void> {
    await this.feed.close();
    await Promise.all(Object.values(this.services).map((service: { close: () => Promise<void> }) => service.close()));
    await this.temporal.connection.close();
  }

  /** Places an order with the given changes. By default: two mugs, paid by card, with parcels that the test moves. */
  async place(changes: Partial<PlaceOrder> = {}, key: string = randomUUID()): Promise<ShopOrder> {
    const answer = await this.send(changes, key);
    if (answer.status !== 201) throw new Error(`placing answered ${answer.status} ${JSON.stringify(answer.body)}`);
    return new ShopOrder(this, answer.body);
  }

  send(changes: Partial<PlaceOrder>, key: string): Promise<Answer<OrderView>> {
    return this.caller.place(anOrder({ carrier: 'external', ...changes }), key);
  }

  /** Creates a product that no other test has, with these stock levels. */
  async product(levels: Record<string, number>): Promise<string> {
    const sku = `product-${randomUUID()}`;
    const warehouses = Object.entries(levels).map(([warehouse, available]) => ({ warehouse, available }));
    await this.services.inventory.putStock({ params: { sku }, body: { warehouses } });
    return sku;
  }

  /** The available pieces of a product, by warehouse. Throws if any are reserved. Sold pieces do not count. */
  async available(sku: string): Promise<Record<string, number>> {
    const { warehouses } = await this.services.inventory.getStock({ params: { sku } });
    const reserved = warehouses.filter((each) => each.reserved > 0);
    if (reserved.length > 0) throw new Error(`${sku} is still reserved: ${JSON.stringify(reserved)}`);
    return Object.fromEntries(warehouses.map(({ warehouse, available }) => [warehouse, available]));
  }
}
