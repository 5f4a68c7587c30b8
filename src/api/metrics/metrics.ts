import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { orderStatuses } from '../../../contracts/statuses.js';
import type { OrderBook } from '../book/order-book.js';
import { BOOK } from '../dependencies.js';

/** What is measured, in Prometheus' terms; a registry of its own for each API, so that two can live in one process. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  readonly requests = new Counter({
    name: 'orderflow_http_requests_total',
    help: 'Answered requests',
    labelNames: ['method', 'route', 'status'] as const,
    registers: [this.registry],
  });

  readonly requestSeconds = new Histogram({
    name: 'orderflow_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer, without event streams',
    labelNames: ['method', 'route'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [this.registry],
  });

  readonly placingSeconds = new Histogram({
    name: 'orderflow_placing_duration_seconds',
    help: 'Time to place an order, by outcome: created, repeated or refused',
    labelNames: ['outcome'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [this.registry],
  });

  readonly latePayments = new Counter({
    name: 'orderflow_late_payments_total',
    help: 'Payments that their orders could not use; each is refunded',
    registers: [this.registry],
  });

  private readonly orders = new Gauge({
    name: 'orderflow_orders',
    help: 'Orders in the order book, by status',
    labelNames: ['status'] as const,
    registers: [this.registry],
  });

  private readonly overdue = new Gauge({
    name: 'orderflow_orders_with_overdue_steps',
    help: 'Orders with a step that takes longer than expected',
    registers: [this.registry],
  });

  private readonly bookUp = new Gauge({
    name: 'orderflow_order_book_up',
    help: '1 while the order book answers; without it, the numbers of orders are missing',
    registers: [this.registry],
  });

  constructor(@Inject(BOOK) private readonly book: OrderBook) {
    collectDefaultMetrics({ register: this.registry });
  }

  async text(): Promise<string> {
    await this.readBook();
    return this.registry.metrics();
  }

  private async readBook(): Promise<void> {
    this.orders.reset();
    this.overdue.reset();
    try {
      const { byStatus, overdue } = await this.book.stats(1000);
      for (const status of orderStatuses) this.orders.set({ status }, byStatus[status] ?? 0);
      this.overdue.set(overdue);
      this.bookUp.set(1);
    } catch {
      // Old numbers would look like current ones.
      this.overdue.remove();
      this.bookUp.set(0);
    }
  }
}
