import { Inject, Injectable } from '@nestjs/common';
import type { StoredBulk } from '../../../contracts/bulk.schema.js';
import { Rejection } from '../../../services/support/client.js';
import { bulkWorkflowId, bulkWorkflowType, goOn, type BulkInput } from '../../../workflows/bulk/messages.js';
import { ordersTaskQueue } from '../../../workflows/temporal/protocol.js';
import { fingerprintOf, idFor } from '../../temporal/ids.js';
import type { TemporalClient } from '../../temporal/connection.js';
import type { Principal } from '../auth/principal.js';
import { unreachable, type OrderBook } from '../book/order-book.js';
import { BOOK, TEMPORAL } from '../dependencies.js';
import { bookFilter } from '../orders/book-filter.js';
import { Links } from '../orders/links.js';
import { ApiProblem } from '../problems/problem.js';
import { acceptedWithinMs, temporalProblem } from '../runs/temporal-problem.js';
import type { Bulk, CreateBulk } from './bulk.schema.js';

/** See activities/bulk.ts. */
const ratePerSecond = 50;
const pagesARun = 100;

/** Creates bulks, and starts and stops their runs. The order book has the selection and the results. */
@Injectable()
export class Bulks {
  constructor(
    @Inject(BOOK) private readonly book: OrderBook,
    @Inject(TEMPORAL) private readonly client: TemporalClient,
    @Inject(Links) private readonly links: Links,
  ) {}

  /**
   * Selects the orders and stores the bulk. The id follows from the key, so that a repeated request finds the same bulk.
   *
   * @throws {ApiProblem} validation_failed when too many orders match; idempotency_key_reused; overloaded; temporal_unavailable.
   */
  async create(caller: Principal, key: string, body: CreateBulk): Promise<{ bulk: StoredBulk; isNew: boolean }> {
    const { select, command, dryRun } = body;
    const find = 'ids' in select ? select : { filter: bookFilter(select.filter, caller) };
    const bulkId = idFor('bulk', `${caller.shopId} ${caller.name}`, key);
    const created = await this.ask(() =>
      this.book.desk.createBulk({
        params: { bulkId },
        body: {
          fingerprint: fingerprintOf(body),
          by: caller.name,
          ...shopOf(caller),
          command,
          select,
          find,
          start: !dryRun,
        },
        timeoutMs: 20_000,
      }),
    );
    // Also for a repeated request: the first one may have ended before the run was started.
    if (created.bulk.state === 'running') await this.run(bulkId);
    return created;
  }

  async get(caller: Principal, bulkId: string): Promise<StoredBulk> {
    return this.ask(() => this.book.desk.getBulk({ params: { bulkId }, query: shopOf(caller) }));
  }

  async list(caller: Principal, page: { limit: number; cursor?: string }) {
    return this.ask(() => this.book.desk.listBulks({ query: { ...shopOf(caller), ...page } }));
  }

  async orders(
    caller: Principal,
    bulkId: string,
    query: { limit: number; cursor?: string; result?: StoredBulkResult },
  ) {
    return this.ask(() =>
      this.book.desk.listBulkOrders({ params: { bulkId }, query: { ...shopOf(caller), ...query } }),
    );
  }

  async start(caller: Principal, bulkId: string): Promise<StoredBulk> {
    const bulk = await this.ask(() => this.book.desk.startBulk({ params: { bulkId }, body: shopOf(caller) }));
    if (bulk.state === 'running') await this.run(bulkId);
    return bulk;
  }

  /** The run reads from the book that it has to stop. */
  async stop(caller: Principal, bulkId: string): Promise<StoredBulk> {
    return this.ask(() => this.book.desk.stopBulk({ params: { bulkId }, body: shopOf(caller) }));
  }

  /** @param base see BaseUrl. */
  shown(bulk: StoredBulk, base: string): Bulk {
    const self = `${base}/v1/bulk/${bulk.id}`;
    const temporalUi = this.links.temporalUi(bulkWorkflowId(bulk.id));
    return { ...bulk, ratePerSecond, links: { self, orders: `${self}/orders`, events: `${self}/events`, temporalUi } };
  }

  /** Starts the run of the bulk, or wakes the one that is about to end. */
  private async run(bulkId: string): Promise<void> {
    const input: BulkInput = { bulkId, pagesARun };
    try {
      await this.client.withDeadline(Date.now() + acceptedWithinMs, () =>
        this.client.workflow.signalWithStart(bulkWorkflowType, {
          workflowId: bulkWorkflowId(bulkId),
          taskQueue: ordersTaskQueue,
          args: [input],
          signal: goOn.name,
          signalArgs: [],
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: 'one command for many orders',
        }),
      );
    } catch (error) {
      throw temporalProblem(error);
    }
  }

  private async ask<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof Rejection) throw rejected(error);
      throw unreachable(error);
    }
  }
}

type StoredBulkResult = NonNullable<Parameters<OrderBook['desk']['listBulkOrders']>[0]['query']>['result'];

function shopOf({ shopId }: Principal): { shopId?: string } {
  return shopId === '*' ? {} : { shopId };
}

function rejected({ code, message }: Rejection): ApiProblem {
  switch (code) {
    case 'not_found':
      return new ApiProblem('not_found', 'There is no such bulk');
    case 'invalid_cursor':
      return new ApiProblem('invalid_cursor', 'The cursor is not from this list. Start without a cursor');
    case 'too_many_orders':
      return new ApiProblem('validation_failed', message, { errors: [{ path: '/select', message }] });
    default:
      return new ApiProblem('idempotency_key_reused', message);
  }
}
