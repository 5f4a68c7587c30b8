import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { OrderView, PlaceOrder } from '../../../contracts/order.js';
import type { OrderStatus } from '../../../contracts/statuses.js';
import { orderIdFor } from '../../../src/temporal/ids.js';
import { serviceToken } from '../../support/service-token.js';

const secret = 'whsec_b3JkZXJmbG93LWRldmVsb3BtZW50LTAx';

interface Kept {
  view: OrderView;
  body: string;
  payment: { authorized: number; captured: number; refunded: number };
  reservations: { sku: string; warehouse: string; quantity: number; restocked: number; state: string }[];
  seen: Set<string>;
}

/**
 * A small server that plays API, inventory and payment as the contract describes them, with the life of an order as an import needs it.
 * It replaces the real system only where a test has to break an answer at a chosen moment. Everything else is tested end to end.
 */
export class SystemDouble {
  readonly orders = new Map<string, Kept>();
  readonly stock = new Map<string, Map<string, { available: number; reserved: number; committed: number }>>();
  /** All requests except reads, as `METHOD path`. */
  readonly changes: string[] = [];
  /** Called before each request is handled. Its result, if any, is the answer; `drop` closes the connection, `lose` does so after the effect. */
  interfere: (request: string) => { status: number; headers?: Record<string, string> } | 'drop' | 'lose' | undefined =
    () => undefined;
  /** Called with each new view, which it may change. */
  distort: (view: OrderView) => void = () => undefined;
  private readonly streams = new Set<ServerResponse>();
  private readonly server = createServer((request, response) => void this.serve(request, response));
  private change = 0;

  async start(): Promise<NodeJS.ProcessEnv> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return { ORDERFLOW_URL: url, INVENTORY_URL: url, PAYMENT_URL: url, SERVICE_TOKEN: serviceToken };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  /** Cuts every open event stream. */
  cutStreams(): void {
    for (const stream of this.streams) stream.destroy();
    this.streams.clear();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const { pathname, searchParams } = new URL(request.url!, 'http://double');
    const line = `${request.method} ${pathname}`;
    const instead = this.interfere(line);
    if (instead === 'drop') return void request.socket.destroy();
    const answer = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
      if (instead === 'lose') return void request.socket.destroy();
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    };
    if (typeof instead === 'object') return answer(instead.status, { code: 'overloaded' }, instead.headers);
    if (request.method !== 'GET') this.changes.push(line);
    const id = /^\/v1\/orders\/([^/]+)/.exec(pathname)?.[1];
    if (pathname.startsWith('/health')) return answer(200, {});
    if (pathname === '/v1/events') return this.stream(response);
    if (pathname.startsWith('/v1/stock/')) return this.stockRoute(request.method!, pathname.slice(10), text, answer);
    if (pathname === '/v1/reservations' || pathname === '/v1/payments') {
      const kept = this.orders.get(searchParams.get('orderId')!);
      const items = pathname === '/v1/payments' ? (kept ? [kept.payment] : []) : (kept?.reservations ?? []);
      return answer(200, { items, nextCursor: null });
    }
    if (line === 'POST /v1/orders') return this.place(request, text, answer);
    if (pathname.startsWith('/v1/webhooks/')) return this.webhook(request, text, answer);
    const kept = this.orders.get(id ?? '');
    if (!kept) return answer(404, { code: 'not_found' });
    if (pathname.endsWith('/returns')) {
      const { lines, reason } = JSON.parse(text) as { lines: OrderView['lines']; reason: string };
      const requestedAt = new Date().toISOString();
      this.move(kept, 'completed', {
        returns: [{ id: 'ret_1', status: 'requested', lines, reason, refunded: 0, requestedAt }],
      });
    }
    if (pathname.endsWith('/returns/ret_1/review')) this.moveReturn(kept, 'approved');
    if (pathname.endsWith('/cancel')) {
      if (kept.view.status !== 'awaiting_payment' && kept.view.status !== 'confirmed') {
        return answer(409, { code: 'not_cancellable' });
      }
      this.release(kept);
      kept.payment.authorized = 0;
      this.move(kept, 'cancelled', { failure: { code: 'cancelled_by_customer', message: '', step: 'ship' } });
    }
    return answer(200, kept.view);
  }

  private place(request: IncomingMessage, text: string, answer: (status: number, body: unknown) => void): void {
    const id = orderIdFor('demo', String(request.headers['idempotency-key']));
    const known = this.orders.get(id);
    if (known) {
      return answer(
        known.body === text ? 200 : 422,
        known.body === text ? known.view : { code: 'idempotency_key_reused' },
      );
    }
    const order = JSON.parse(text) as PlaceOrder;
    const total = order.lines.reduce((sum, line) => sum + line.quantity * line.unitPrice, order.shippingFee);
    const now = new Date().toISOString();
    const kept: Kept = {
      body: text,
      seen: new Set(),
      payment: { authorized: 0, captured: 0, refunded: 0 },
      reservations: [],
      view: {
        ...order,
        id,
        status: 'placed',
        revision: 0,
        shopId: 'demo',
        total,
        lines: order.lines.map((line) => ({ ...line, reserved: 0 })),
        adjustments: [],
        carrier: 'external',
        payment: {
          method: order.payment.method,
          status: 'pending',
          authorized: 0,
          captured: 0,
          refunded: 0,
          attempts: [],
        },
        shipments: [],
        returns: [],
        process: { name: 'order', version: 1 },
        steps: [{ id: 'reserveStock', dependsOn: [], state: 'running', attempts: 1 }],
        possible: [],
        placedAt: now,
        updatedAt: now,
      },
    };
    this.orders.set(id, kept);
    answer(201, kept.view);
    setImmediate(() => this.reserve(kept));
  }

  private reserve(kept: Kept): void {
    const { view } = kept;
    for (const { sku, quantity } of view.lines) {
      const found = [...(this.stock.get(sku) ?? [])].find(([, level]) => level.available >= quantity);
      if (!found) {
        return this.move(kept, 'failed', { failure: { code: 'out_of_stock', message: sku, step: 'reserveStock' } });
      }
      found[1].available -= quantity;
      found[1].reserved += quantity;
      kept.reservations.push({ sku, warehouse: found[0], quantity, restocked: 0, state: 'reserved' });
    }
    if (view.payment.method === 'later') this.move(kept, 'awaiting_payment');
    else this.confirm(kept);
  }

  private confirm(kept: Kept): void {
    kept.payment.authorized = kept.view.total;
    for (const line of kept.reservations) {
      const level = this.stock.get(line.sku)!.get(line.warehouse)!;
      level.reserved -= line.quantity;
      level.committed += line.quantity;
      line.state = 'committed';
    }
    const warehouses = [...new Set(kept.reservations.map(({ warehouse }) => warehouse))];
    const shipments = warehouses.map((warehouse) => ({
      id: `${kept.view.id}-${warehouse}`,
      warehouse,
      status: 'booked' as const,
      lines: [],
    }));
    this.move(kept, 'confirmed', { shipments });
  }

  private release(kept: Kept): void {
    for (const line of kept.reservations) {
      const level = this.stock.get(line.sku)!.get(line.warehouse)!;
      level[line.state as 'reserved' | 'committed'] -= line.quantity;
      level.available += line.quantity;
      line.state = 'released';
    }
  }

  private webhook(request: IncomingMessage, text: string, answer: (status: number, body: unknown) => void): void {
    const event = new Webhook(secret).verify(text, request.headers as Record<string, string>) as {
      type: string;
      data: { orderId: string; amount?: number };
    };
    const kept = this.orders.get(event.data.orderId);
    if (!kept) return answer(404, { code: 'not_found' });
    const applied = !kept.seen.has(String(request.headers['webhook-id']));
    kept.seen.add(String(request.headers['webhook-id']));
    answer(200, { applied });
    if (!applied) return;
    setImmediate(() => {
      if (event.type === 'payment.succeeded' && event.data.amount === kept.view.total) this.confirm(kept);
      if (event.type === 'shipment.dispatched') {
        kept.payment = { authorized: 0, captured: kept.view.total, refunded: 0 };
        this.ship(kept, 'shipping', 'dispatched');
      }
      if (event.type === 'shipment.delivered') this.ship(kept, 'completed', 'delivered');
      if (event.type === 'shipment.returned') {
        this.giveBack(kept);
        const failure = { code: 'returned_to_sender', message: '', step: 'signForDelivery' };
        this.ship(kept, 'cancelled', 'returned', { failure });
      }
      if (event.type === 'return.received' && kept.view.returns[0]?.status === 'approved') {
        this.giveBack(kept);
        this.moveReturn(kept, 'closed');
      }
    });
  }

  private giveBack(kept: Kept): void {
    kept.payment.refunded = kept.payment.captured;
    for (const line of kept.reservations) {
      const level = this.stock.get(line.sku)!.get(line.warehouse)!;
      level.committed -= line.quantity;
      level.available += line.quantity;
      line.restocked = line.quantity;
    }
  }

  private moveReturn(kept: Kept, status: 'approved' | 'closed'): void {
    this.move(kept, 'completed', { returns: kept.view.returns.map((each) => ({ ...each, status })) });
  }

  private ship(
    kept: Kept,
    status: OrderStatus,
    to: 'dispatched' | 'delivered' | 'returned',
    more: Partial<OrderView> = {},
  ): void {
    this.move(kept, status, {
      ...more,
      shipments: kept.view.shipments.map((shipment) => ({ ...shipment, status: to })),
    });
  }

  private move(kept: Kept, status: OrderStatus, more: Partial<OrderView> = {}): void {
    const steps = [{ id: 'reserveStock', dependsOn: [], state: 'done' as const, attempts: 1 }];
    const { revision } = kept.view;
    kept.view = { ...kept.view, ...more, status, steps, revision: revision + 1, updatedAt: new Date().toISOString() };
    this.distort(kept.view);
    this.change += 1;
    for (const stream of this.streams) {
      stream.write(`event: order\nid: ${this.change}\ndata: ${JSON.stringify(kept.view)}\n\n`);
    }
  }

  private stream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': open\n\n');
    this.streams.add(response);
    response.on('close', () => this.streams.delete(response));
  }

  private stockRoute(method: string, sku: string, text: string, answer: (status: number, body: unknown) => void): void {
    if (method === 'PUT') {
      const levels =
        this.stock.get(sku) ?? new Map<string, { available: number; reserved: number; committed: number }>();
      for (const { warehouse, available } of (
        JSON.parse(text) as { warehouses: { warehouse: string; available: number }[] }
      ).warehouses) {
        levels.set(warehouse, { ...(levels.get(warehouse) ?? { reserved: 0, committed: 0 }), available });
      }
      this.stock.set(sku, levels);
    }
    const levels = this.stock.get(sku);
    if (!levels) return answer(404, { code: 'not_found' });
    answer(200, { sku, warehouses: [...levels].map(([warehouse, level]) => ({ warehouse, ...level })) });
  }
}
