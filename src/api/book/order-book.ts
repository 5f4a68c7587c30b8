import type { Logger } from 'pino';
import type { BookEntry } from '../../../services/orders/contract.js';
import type { OrdersClient } from '../../../services/orders/client.js';
import { Rejection } from '../../../services/support/client.js';
import { ApiProblem } from '../problems/problem.js';

/** `absent`: the book answers, and has no such order. `unreachable`: it does not answer (in time). */
export type Lookup = BookEntry | 'absent' | 'unreachable';

export type ListQuery = NonNullable<Parameters<OrdersClient['listOrders']>[0]['query']>;
export type ListPage = Awaited<ReturnType<OrdersClient['listOrders']>>;
export type ChangesQuery = NonNullable<Parameters<OrdersClient['listChanges']>[0]['query']>;
export type ChangesPage = Awaited<ReturnType<OrdersClient['listChanges']>>;
export type Stats = Awaited<ReturnType<OrdersClient['getStats']>>;

/** What the API asks the order book, and what it makes of a book that does not answer. */
export class OrderBook {
  constructor(
    private readonly client: OrdersClient,
    private readonly logger: Logger,
  ) {}

  /** Never throws: the caller has Temporal to ask. */
  async look(orderId: string, withinMs = 1000): Promise<Lookup> {
    try {
      return await this.client.getOrder({ params: { orderId }, signal: AbortSignal.timeout(withinMs) });
    } catch (error) {
      if (error instanceof Rejection && error.code === 'not_found') return 'absent';
      this.logger.debug({ err: error }, 'The order book does not answer');
      return 'unreachable';
    }
  }

  /** @throws {ApiProblem} invalid_cursor; overloaded while the book does not answer. */
  async list(query: ListQuery): Promise<ListPage> {
    try {
      return await this.client.listOrders({ query, signal: AbortSignal.timeout(5000) });
    } catch (error) {
      if (error instanceof Rejection && error.code === 'invalid_cursor') {
        throw new ApiProblem('invalid_cursor', 'The cursor is not one that this list gave; start without one');
      }
      throw unreachable(error);
    }
  }

  /** @throws {ApiProblem} overloaded while the book does not answer; the signal's reason when it ends the call. */
  async changes(query: ChangesQuery, signal: AbortSignal): Promise<ChangesPage> {
    try {
      return await this.client.listChanges({ query, signal });
    } catch (error) {
      if (signal.aborted) throw error;
      throw unreachable(error);
    }
  }

  /** @throws {ApiProblem} overloaded while the book does not answer. */
  async stats(withinMs: number): Promise<Stats> {
    try {
      return await this.client.getStats({ signal: AbortSignal.timeout(withinMs) });
    } catch (error) {
      throw unreachable(error);
    }
  }

  close(): Promise<void> {
    return this.client.close();
  }
}

function unreachable(cause: unknown): ApiProblem {
  const detail = 'The order book does not answer; single orders can still be read and placed';
  return new ApiProblem('overloaded', detail, {}, { cause });
}
