import type { Logger } from 'pino';
import type { OrdersClient } from '../../../services/orders/client.js';
import type { BookEntry, deskContract } from '../../../services/orders/contract.js';
import { Rejection } from '../../../services/support/client.js';
import { ApiProblem } from '../problems/problem.js';

export interface Lookup {
  /** Undefined where the book has no such order, or does not answer. */
  entry?: BookEntry;
  /** Whether the book answered in time. */
  isReachable: boolean;
}

export type ListQuery = NonNullable<Parameters<OrdersClient['listOrders']>[0]['query']>;
export type ListPage = Awaited<ReturnType<OrdersClient['listOrders']>>;
export type ChangesQuery = NonNullable<Parameters<OrdersClient['listChanges']>[0]['query']>;
export type ChangesPage = Awaited<ReturnType<OrdersClient['listChanges']>>;
export type CountQuery = NonNullable<Parameters<OrdersClient['countOrders']>[0]['query']>;
export type Counts = Awaited<ReturnType<OrdersClient['countOrders']>>;
export type Trouble = Awaited<ReturnType<OrdersClient['listTrouble']>>;
export type TroubleGroup = Pick<Trouble['items'][number], 'kind' | 'step' | 'code' | 'service'>;
export type Stats = Awaited<ReturnType<OrdersClient['getStats']>>;

/** Reads the order book, and turns its errors into problems of the API. */
export class OrderBook {
  /** What the book does for operators, with its own errors. */
  readonly desk: Pick<OrdersClient, keyof typeof deskContract>;

  constructor(
    private readonly client: OrdersClient,
    private readonly logger: Logger,
  ) {
    this.desk = client;
  }

  /** Never throws: without the book, the caller asks Temporal. */
  async lookUp(orderId: string, withinMs = 1000): Promise<Lookup> {
    try {
      const entry = await this.client.getOrder({ params: { orderId }, timeoutMs: withinMs });
      return { entry, isReachable: true };
    } catch (error) {
      if (error instanceof Rejection && error.code === 'not_found') return { isReachable: true };
      this.logger.debug({ err: error }, 'The order book does not answer');
      return { isReachable: false };
    }
  }

  /** @throws {ApiProblem} invalid_cursor; overloaded while the book does not answer. */
  async list(query: ListQuery): Promise<ListPage> {
    try {
      return await this.client.listOrders({ query, timeoutMs: 5000 });
    } catch (error) {
      if (error instanceof Rejection && error.code === 'invalid_cursor') throw invalidCursor();
      throw unreachable(error);
    }
  }

  /** @throws {ApiProblem} overloaded while the book does not answer. */
  async counts(query: CountQuery): Promise<Counts> {
    try {
      return await this.client.countOrders({ query, timeoutMs: 5000 });
    } catch (error) {
      throw unreachable(error);
    }
  }

  /** @param shopId undefined for all shops. @throws {ApiProblem} overloaded while the book does not answer. */
  async trouble(shopId: string | undefined): Promise<Trouble> {
    try {
      return await this.client.listTrouble({ query: { shopId }, timeoutMs: 5000 });
    } catch (error) {
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
      return await this.client.getStats({ timeoutMs: withinMs });
    } catch (error) {
      throw unreachable(error);
    }
  }

  close(): Promise<void> {
    return this.client.close();
  }
}

export function invalidCursor(): ApiProblem {
  return new ApiProblem('invalid_cursor', 'The cursor is not from this list. Start without a cursor');
}

export function unreachable(cause: unknown): ApiProblem {
  const detail = 'The order book does not answer. Single orders can still be read and placed';
  return new ApiProblem('overloaded', detail, {}, { cause });
}
