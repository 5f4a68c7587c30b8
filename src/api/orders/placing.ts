import { Inject, Injectable } from '@nestjs/common';
import { WorkflowExecutionAlreadyStartedError, type Client, type Connection } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { OrderInput, OrderView, PlaceOrder } from '../../../contracts/order.js';
import { orderTotal } from '../../../contracts/money.js';
import { orderWorkflowId, orderWorkflowType } from '../../../workflows/order/messages.js';
import { ordersTaskQueue, workflowTaskTimeout } from '../../../workflows/temporal/protocol.js';
import { initialView, orderProcess } from '../../../workflows/order/process.js';
import type { Config } from '../../config/index.js';
import { fingerprintOf, orderIdFor } from '../../temporal/ids.js';
import { searchAttributes } from '../../temporal/search-attributes.js';
import type { OrderBook } from '../book/order-book.js';
import { BOOK, CONFIG, TEMPORAL } from '../platform.js';
import { ApiProblem } from '../problems/problem.js';
import { OrderRuns } from '../runs/order-runs.js';
import { temporalProblem } from '../runs/temporal-problem.js';
import { OrderReader } from './order-reader.js';

/** A busy server may take seconds; one that is down is not waited for any longer than this. */
const startWithinMs = 5000;

export interface Placed {
  view: OrderView;
  /** False when the same placing made this order before. */
  created: boolean;
  runId?: string;
}

/**
 * Places orders by a single write: the start of a run whose id follows from the shop and its Idempotency-Key. So there is
 * nothing to reconcile after a crash, and the same key meets the order it made before.
 */
@Injectable()
export class Placing {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(TEMPORAL) private readonly client: Client & { connection: Connection },
    @Inject(BOOK) private readonly book: OrderBook,
    @Inject(OrderRuns) private readonly runs: OrderRuns,
    @Inject(OrderReader) private readonly reader: OrderReader,
  ) {}

  /** @throws {ApiProblem} idempotency_key_reused; validation_failed for the simulated carrier where nobody plays it; temporal_unavailable, overloaded. */
  async place(shopId: string, key: string, order: PlaceOrder): Promise<Placed> {
    const input = this.inputOf(shopId, key, order);
    const fingerprint = fingerprintOf(order);
    // Temporal forgets a run after the namespace's retention; the book does not.
    const entry = await this.book.look(input.orderId, 100);
    if (entry !== 'absent' && entry !== 'unreachable') {
      requireSame(fingerprint, entry.fingerprint);
      return { view: entry.view, created: false };
    }
    if (order.carrier === 'simulated' && !this.config.carrierSimulator) await this.refuseNew(input.orderId);
    try {
      const runId = await this.start(input, fingerprint);
      return { view: initialView(input), created: true, runId };
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return this.repeated(input.orderId, fingerprint);
      throw temporalProblem(error);
    }
  }

  private inputOf(shopId: string, key: string, order: PlaceOrder): OrderInput {
    return {
      orderId: orderIdFor(shopId, key),
      shopId,
      // A run takes the simulated carrier where none is named.
      order: this.config.carrierSimulator ? order : { carrier: 'external', ...order },
      placedAt: new Date().toISOString(),
      process: { name: orderProcess.name, version: orderProcess.version },
      deadlines: { ...this.config.deadlines },
      stepRetryBudgetMs: this.config.stepRetryBudgetMs,
    };
  }

  /** An order that was placed while the carrier was played is there all the same. */
  private async refuseNew(orderId: string): Promise<void> {
    if (await this.runs.describe(orderId)) return;
    const message = 'is not played here (CARRIER_SIMULATOR); name external, or leave it out';
    throw new ApiProblem('validation_failed', 'There is no simulated carrier here', {
      errors: [{ path: '/carrier', message }],
    });
  }

  private async start(input: OrderInput, fingerprint: string): Promise<string> {
    const { orderId, shopId, order } = input;
    const total = orderTotal(order);
    const handle = await this.client.withDeadline(Date.now() + startWithinMs, () =>
      this.client.workflow.start(orderWorkflowType, {
        workflowId: orderWorkflowId(orderId),
        taskQueue: ordersTaskQueue,
        args: [input],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowIdConflictPolicy: 'FAIL',
        // A chain of local activities holds its task, and every Update with it, up to 80 % of this.
        workflowTaskTimeout,
        memo: { fingerprint },
        typedSearchAttributes: new TypedSearchAttributes([
          { key: searchAttributes.orderStatus, value: 'placed' },
          { key: searchAttributes.customerId, value: order.customerId },
          { key: searchAttributes.shopId, value: shopId },
          { key: searchAttributes.orderTotal, value: total },
        ]),
        staticSummary: summaryOf(order, shopId),
        priority: { fairnessKey: shopId },
      }),
    );
    return handle.firstExecutionRunId;
  }

  private async repeated(orderId: string, fingerprint: string): Promise<Placed> {
    const run = await this.runs.describe(orderId);
    requireSame(fingerprint, run?.memo?.fingerprint);
    const found = await this.reader.sight(orderId);
    if (!found) throw new ApiProblem('temporal_unavailable', 'The order exists but cannot be read at the moment');
    return { view: found.view, created: false };
  }
}

function requireSame(fingerprint: string, first: unknown): void {
  if (fingerprint === first) return;
  throw new ApiProblem(
    'idempotency_key_reused',
    'This Idempotency-Key has placed an order with another body; a new order needs a new key',
  );
}

/** The order in one line, for the list of the Web UI: nothing personal. */
function summaryOf(order: PlaceOrder, shopId: string): string {
  const pieces = order.lines.reduce((sum, line) => sum + line.quantity, 0);
  const lines = order.lines.length === 1 ? '1 line' : `${order.lines.length} lines`;
  const digits = fractionDigits(order.currency);
  const total = (orderTotal(order) / 10 ** digits).toFixed(digits);
  return `${shopId}: ${pieces} ${pieces === 1 ? 'piece' : 'pieces'} in ${lines}, ${total} ${order.currency}, ${order.payment.method}`;
}

const knownDigits = new Map<string, number>();

/** Digits of a currency's minor unit. A formatter takes longer to make than everything else in placing, so each is asked once. */
function fractionDigits(currency: string): number {
  let digits = knownDigits.get(currency);
  if (digits === undefined) {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency });
    digits = format.resolvedOptions().maximumFractionDigits ?? 2;
    knownDigits.set(currency, digits);
  }
  return digits;
}
