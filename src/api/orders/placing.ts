import { Inject, Injectable } from '@nestjs/common';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { BulkheadRejectedError, bulkhead, type BulkheadPolicy } from 'cockatiel';
import type { OrderInput, OrderView, PlaceOrder } from '../../../contracts/order.js';
import { orderTotal } from '../../../contracts/money.js';
import { orderWorkflowId, orderWorkflowType } from '../../../workflows/order/messages.js';
import { latestOf } from '../../../workflows/engine/versions.js';
import { ordersTaskQueue, workflowTaskTimeout } from '../../../workflows/temporal/protocol.js';
import { initialView, orderVersions } from '../../../workflows/order/process.js';
import type { Config } from '../../config/index.js';
import { fingerprintOf, orderIdFor } from '../../temporal/ids.js';
import { searchAttributes } from '../../temporal/search-attributes.js';
import type { OrderBook } from '../book/order-book.js';
import { BOOK, CONFIG, LIMITS, TEMPORAL } from '../dependencies.js';
import type { Limits } from '../limits.js';
import { ApiProblem } from '../problems/problem.js';
import { OrderRuns } from '../runs/order-runs.js';
import { temporalProblem } from '../runs/temporal-problem.js';
import { Admission } from './admission.js';
import { OrderReader } from './order-reader.js';
import type { TemporalClient } from '../../temporal/connection.js';

/** A busy server may take seconds; a server that is down is not waited for any longer. */
const startWithinMs = 5000;
/** An order whose turn comes later than this is not started any more: the rest of the time is for the server. */
const turnWithinMs = 4000;

export interface Placed {
  view: OrderView;
  /** False for a repeated request: the order existed before. */
  created: boolean;
  runId?: string;
}

/**
 * Places orders with a single write: the start of a run whose id follows from the shop and the Idempotency-Key. So there is nothing to
 * reconcile after a crash, and the same key finds the same order.
 */
@Injectable()
export class Placing {
  private readonly turns = new Map<string, BulkheadPolicy>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(TEMPORAL) private readonly client: TemporalClient,
    @Inject(BOOK) private readonly book: OrderBook,
    @Inject(OrderRuns) private readonly runs: OrderRuns,
    @Inject(OrderReader) private readonly reader: OrderReader,
    @Inject(Admission) private readonly admission: Admission,
    @Inject(LIMITS) private readonly limits: Limits,
  ) {}

  /** @throws {ApiProblem} idempotency_key_reused; validation_failed for the simulated carrier where it is switched off; rate_limited, temporal_unavailable, overloaded. */
  async place(shopId: string, key: string, order: PlaceOrder): Promise<Placed> {
    const input = this.inputOf(shopId, key, order);
    const fingerprint = fingerprintOf(order);
    // Temporal forgets a run after the namespace's retention; the book does not.
    const { entry } = await this.book.lookUp(input.orderId, 100);
    if (entry) {
      requireSame(fingerprint, entry.fingerprint);
      const { view } = await this.reader.upToDate(entry);
      return { view, created: false };
    }
    if (order.carrier === 'simulated' && !this.config.carrierSimulator) await this.requireExisting(input.orderId);
    await this.admission.requireRoom(shopId);
    try {
      const runId = await this.startInTurn(input, fingerprint);
      return { view: initialView(input), created: true, runId };
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return this.repeat(input.orderId, fingerprint);
      throw temporalProblem(error);
    }
  }

  private inputOf(shopId: string, key: string, order: PlaceOrder): OrderInput {
    const process = latestOf(orderVersions);
    return {
      orderId: orderIdFor(shopId, key),
      shopId,
      // A run uses the simulated carrier where the order names none.
      order: this.config.carrierSimulator ? order : { carrier: 'external', ...order },
      placedAt: new Date().toISOString(),
      process: { name: process.name, version: process.version },
      deadlines: { ...this.config.deadlines },
      stepRetryBudgetMs: this.config.stepRetryBudgetMs,
    };
  }

  /** The order may have been placed while the simulated carrier was switched on. */
  private async requireExisting(orderId: string): Promise<void> {
    if (await this.runs.describe(orderId)) return;
    const message = 'must be external or absent: the simulated carrier is switched off (CARRIER_SIMULATOR)';
    throw new ApiProblem('validation_failed', 'The simulated carrier is switched off here', {
      errors: [{ path: '/carrier', message }],
    });
  }

  /** A shop that floods the API waits for itself, and other shops go first. */
  private async startInTurn(input: OrderInput, fingerprint: string): Promise<string> {
    const began = Date.now();
    try {
      return await this.turnsOf(input.shopId).execute(() => {
        if (Date.now() - began > turnWithinMs) throw tooManyAtOnce();
        return this.start(input, fingerprint, began + startWithinMs);
      });
    } catch (error) {
      throw error instanceof BulkheadRejectedError ? tooManyAtOnce() : error;
    }
  }

  private turnsOf(shopId: string): BulkheadPolicy {
    const { atOnce, waiting } = this.limits.starts;
    const known = this.turns.get(shopId) ?? bulkhead(atOnce, waiting);
    this.turns.set(shopId, known);
    return known;
  }

  private async start(input: OrderInput, fingerprint: string, deadline: number): Promise<string> {
    const { orderId, shopId, order } = input;
    const total = orderTotal(order);
    const handle = await this.client.withDeadline(deadline, () =>
      this.client.workflow.start(orderWorkflowType, {
        workflowId: orderWorkflowId(orderId),
        taskQueue: ordersTaskQueue,
        args: [input],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowIdConflictPolicy: 'FAIL',
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

  private async repeat(orderId: string, fingerprint: string): Promise<Placed> {
    const run = await this.runs.describe(orderId);
    requireSame(fingerprint, run?.memo?.fingerprint);
    const found = await this.reader.findAny(orderId);
    if (!found) throw new ApiProblem('temporal_unavailable', 'The order exists but cannot be read at the moment');
    return { view: found.view, created: false };
  }
}

const tooManyAtOnce = (): ApiProblem =>
  new ApiProblem(
    'rate_limited',
    'Too many orders of this shop wait to be accepted. This one was not placed: send it again later, with the same Idempotency-Key',
    {},
    { retryAfterS: 2 },
  );

function requireSame(fingerprint: string, first: unknown): void {
  if (fingerprint === first) return;
  throw new ApiProblem(
    'idempotency_key_reused',
    'This Idempotency-Key has placed an order with another body. Use a new key for a new order',
  );
}

/** The order in one line, for the list of the Web UI; without personal data. */
function summaryOf(order: PlaceOrder, shopId: string): string {
  const pieces = order.lines.reduce((sum, line) => sum + line.quantity, 0);
  const lines = order.lines.length === 1 ? '1 line' : `${order.lines.length} lines`;
  const digits = fractionDigits(order.currency);
  const total = (orderTotal(order) / 10 ** digits).toFixed(digits);
  return `${shopId}: ${pieces} ${pieces === 1 ? 'piece' : 'pieces'} in ${lines}, ${total} ${order.currency}, ${order.payment.method}`;
}

const knownDigits = new Map<string, number>();

/** Digits of a currency's minor unit. Creating a formatter is slower than the rest of placing, so the results are kept. */
function fractionDigits(currency: string): number {
  let digits = knownDigits.get(currency);
  if (digits === undefined) {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency });
    digits = format.resolvedOptions().maximumFractionDigits ?? 2;
    knownDigits.set(currency, digits);
  }
  return digits;
}
