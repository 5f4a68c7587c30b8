import pMap from 'p-map';
import type { OrderView, PlaceOrder } from '../../contracts/order.js';
import { orderIdFor } from '../../src/temporal/ids.js';
import { CannotRun } from '../../tools/cli/command.js';
import { HttpRejection, httpTo, type Http } from '../../tools/cli/http.js';
import { NoProgress, OrderFeed } from '../../tools/cli/order-feed.js';
import { sendWebhook } from '../../tools/cli/webhook.js';
import { orderWorkflowId } from '../../workflows/order/messages.js';
import type { Checkout, ShopKey } from '../checkout.js';
import type { Lived } from './variant.js';

/** No order is read separately in this time: only the one stream of all orders says what became of them, and it costs the API little. */
const readAfterMs = { open: 30_000, broken: 500 };
const patienceMs = 120_000;

/** A tee and a lamp come from one warehouse, a vase and a lamp from two. */
const skus = { 1: ['tee', 'lamp'], 2: ['vase', 'lamp'] } as const;
export type Parcels = keyof typeof skus;

let customers = 0;

/** Each order is of another customer: the screening adds up what one customer orders in a day. */
export function orderOf(parcels: Parcels): PlaceOrder {
  return {
    customerId: `c-${(customers += 1)}`,
    currency: 'EUR',
    lines: skus[parcels].map((sku) => ({ sku, quantity: 1, unitPrice: 1250 })),
    shippingFee: 490,
    payment: { method: 'card', token: 'tok_ok' },
    shippingAddress: { name: 'Ada', line1: '1 Main St', city: 'Berlin', postalCode: '10115', country: 'DE' },
    carrier: 'external',
  };
}

interface Placed {
  view: OrderView;
  /** How long the answer took. */
  ms: number;
}

let orders = 0;

/** @param onId is called with the id of the order before it is placed. */
export async function placeOrder(
  http: Http,
  shop: ShopKey,
  order: PlaceOrder,
  onId: (orderId: string) => void = () => undefined,
): Promise<Placed> {
  const key = `bench-${process.pid}-${(orders += 1)}`;
  onId(orderIdFor(shop.shopId, key));
  const start = performance.now();
  const { body } = await http.send<OrderView>('api', 'POST', '/v1/orders', {
    headers: { authorization: `Bearer ${shop.key}`, 'idempotency-key': key },
    body: order,
  });
  return { view: body, ms: performance.now() - start };
}

/** A shop and the carrier of its parcels, who reach a system by HTTP alone. */
export class Shop {
  private constructor(
    readonly http: Http,
    private readonly feed: OrderFeed,
    private readonly checkout: Checkout,
    private readonly shop: ShopKey,
  ) {}

  static async open(checkout: Checkout, shop: ShopKey): Promise<Shop> {
    const http = httpTo(checkout.system, patienceMs);
    const feed = await OrderFeed.open(checkout.system, http, shop.key, patienceMs, readAfterMs);
    return new Shop(http, feed, checkout, shop);
  }

  close(): Promise<void> {
    return this.feed.close();
  }

  /** Places an order. The stream may tell of it before the answer arrives, so it is watched from before that. */
  async place(order: PlaceOrder): Promise<Placed> {
    const placed = await placeOrder(this.http, this.shop, order, (id) => this.feed.watch(id));
    this.feed.note(placed.view);
    return placed;
  }

  async read(orderId: string): Promise<OrderView> {
    const headers = { authorization: `Bearer ${this.shop.key}` };
    return (await this.http.send<OrderView>('api', 'GET', `/v1/orders/${orderId}`, { headers })).body;
  }

  /**
   * Sends a command.
   *
   * @returns how long the answer took.
   * @throws {CannotRun} when the answer has another status than the expected one.
   */
  async command(orderId: string, name: string, body: object, expected: 200 | 409): Promise<number> {
    const start = performance.now();
    let status: number;
    try {
      const headers = { authorization: `Bearer ${this.shop.key}` };
      const answer = await this.http.send<OrderView>('api', 'POST', `/v1/orders/${orderId}/${name}`, { headers, body });
      this.feed.note(answer.body);
      status = answer.status;
    } catch (error) {
      if (!(error instanceof HttpRejection)) throw error;
      status = error.status;
    }
    const ms = performance.now() - start;
    if (status === expected) return ms;
    throw new CannotRun(`${this.checkout.name}: ${name} of ${orderId} was answered ${status} instead of ${expected}`);
  }

  /** @throws {CannotRun} when the order does not change for two minutes. */
  async until(orderId: string, awaited: string, test: (view: OrderView) => boolean): Promise<OrderView> {
    try {
      return await this.feed.until(orderId, test);
    } catch (error) {
      if (!(error instanceof NoProgress)) throw error;
      const { status, shipments = [] } = error.view ?? {};
      const parcels = shipments.map((shipment) => shipment.status).join(', ');
      throw new CannotRun(
        `${this.checkout.name}: ${error.message} of the order ${orderId}, which should become ${awaited} and is ${status} (parcels: ${parcels})`,
      );
    }
  }

  forget(orderId: string): void {
    this.feed.forget(orderId);
  }

  /** Lives some orders, so that connections are open and caches are filled. */
  async warmUp(): Promise<void> {
    await pMap(Array.from({ length: 60 }), () => this.live(1), { concurrency: 20 });
  }

  /** Places an order and brings it to its end. The carrier reports each parcel as soon as it is booked, and delivers it as soon as it is under way. */
  async live(parcels: Parcels): Promise<Lived> {
    const start = performance.now();
    const { view } = await this.place(orderOf(parcels));
    const { id } = view;
    await this.until(id, 'confirmed', ({ status }) => status === 'confirmed');
    const confirmedMs = performance.now() - start;
    const booked = await this.until(id, 'booked', ({ shipments }) =>
      shipments.every(({ status }) => status === 'booked'),
    );
    const shipments = booked.shipments.map((shipment) => shipment.id);
    await Promise.all(shipments.map((shipmentId) => this.send('shipment.dispatched', id, shipmentId)));
    await this.until(id, 'shipping', (seen) => seen.shipments.every(({ status }) => status === 'dispatched'));
    await Promise.all(shipments.map((shipmentId) => this.send('shipment.delivered', id, shipmentId)));
    await this.until(id, 'completed', ({ status }) => status === 'completed');
    const completedMs = performance.now() - start;
    this.forget(id);
    return { workflowId: orderWorkflowId(id), confirmedMs, completedMs };
  }

  /** Dispatches and delivers the one parcel of a booked order. Returns when it is signed for, whatever the order still has to do. */
  async deliver(orderId: string): Promise<void> {
    const isDone = (view: OrderView, step: string) =>
      view.steps.some(({ id, state }) => id.split(':')[0] === step && state === 'done');
    const { shipments } = await this.until(orderId, 'booked', (view) => isDone(view, 'bookParcel'));
    const shipmentId = shipments[0]!.id;
    await this.send('shipment.dispatched', orderId, shipmentId);
    await this.until(orderId, 'shipping', (view) => isDone(view, 'notifyShipped'));
    await this.send('shipment.delivered', orderId, shipmentId);
    await this.until(orderId, 'delivered', (view) => isDone(view, 'awaitDelivery'));
  }

  private async send(type: 'shipment.dispatched' | 'shipment.delivered', orderId: string, shipmentId: string) {
    await sendWebhook(this.http, this.checkout.webhookSecrets, {
      id: `${shipmentId}:${type}`,
      type,
      timestamp: new Date().toISOString(),
      data: { orderId, shipmentId, ...(type === 'shipment.delivered' ? { signedBy: 'Ada' } : {}) },
    });
  }
}
