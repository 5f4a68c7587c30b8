import type { OrderView, PlaceOrder } from '../../../contracts/order.js';
import type { OutsideEvent } from '../../../workflows/events.js';
import { orderIdFor } from '../../../src/temporal/ids.js';
import type { Http } from '../http.js';
import type { OrderFeed } from '../order-feed.js';
import { sendWebhook } from '../webhook.js';

/** An example order, and what people and carriers do with it through the API. */
export class Driver {
  readonly orderId: string;

  constructor(
    private readonly name: string,
    private readonly http: Http,
    private readonly feed: OrderFeed,
    private readonly keys: {
      shop: { key: string; shopId: string };
      operator: string;
      webhookSecrets: Record<'payment' | 'carrier', string>;
    },
  ) {
    this.orderId = orderIdFor(keys.shop.shopId, name);
    feed.watch(this.orderId);
  }

  /** A sku that no other life orders. */
  get ownSku(): string {
    return `rare-${this.name}`;
  }

  async place(order: Partial<PlaceOrder> = {}): Promise<OrderView> {
    const { body } = await this.http.send<OrderView>('api', 'POST', '/v1/orders', {
      headers: { authorization: `Bearer ${this.keys.shop.key}`, 'idempotency-key': this.name },
      body: {
        customerId: 'customer-1',
        currency: 'EUR',
        lines: [{ sku: 'mug', quantity: 2, unitPrice: 1250 }],
        shippingFee: 490,
        payment: { method: 'card', token: 'tok_ok' },
        shippingAddress: {
          name: 'Ada Example',
          line1: '1 Example Street',
          city: 'Berlin',
          postalCode: '10115',
          country: 'DE',
        },
        carrier: 'external',
        reference: this.name,
        ...order,
      } satisfies PlaceOrder,
    });
    this.feed.note(body);
    return body;
  }

  /** Sends a command such as `cancel`, or `returns/ret_1/review`. */
  async command(path: string, body: object = {}, role: 'shop' | 'operator' = 'shop'): Promise<OrderView> {
    const answer = await this.http.send<OrderView>('api', 'POST', `/v1/orders/${this.orderId}/${path}`, {
      headers: { authorization: `Bearer ${role === 'shop' ? this.keys.shop.key : this.keys.operator}` },
      body,
    });
    this.feed.note(answer.body);
    return answer.body;
  }

  async sendEvent(type: OutsideEvent['type'], data: OutsideEvent['data'] = {}): Promise<void> {
    const id = [this.orderId, type, data.shipmentId ?? data.returnId].filter((part) => part !== undefined).join(':');
    const timestamp = new Date().toISOString();
    await sendWebhook(this.http, this.keys.webhookSecrets, {
      id,
      type,
      timestamp,
      data: { orderId: this.orderId, ...data },
    });
  }

  until(test: (view: OrderView) => boolean): Promise<OrderView> {
    return this.feed.until(this.orderId, test);
  }

  untilStatus(status: OrderView['status']): Promise<OrderView> {
    return this.until((view) => view.status === status);
  }

  /** Resolves when all parcels, or the one in the warehouse, have this status. */
  untilParcels(status: OrderView['shipments'][number]['status'], warehouse?: string): Promise<OrderView> {
    return this.until(({ shipments }) => {
      const meant = shipments.filter((shipment) => warehouse === undefined || shipment.warehouse === warehouse);
      return meant.length > 0 && meant.every((shipment) => shipment.status === status);
    });
  }

  stock(sku: string, levels: Record<string, number>): Promise<unknown> {
    const warehouses = Object.entries(levels).map(([warehouse, available]) => ({ warehouse, available }));
    return this.http.send('inventory', 'PUT', `/v1/stock/${sku}`, { body: { warehouses } });
  }
}
