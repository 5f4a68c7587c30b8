import { Inject, Injectable } from '@nestjs/common';
import { WorkflowNotFoundError, type Client, type Connection } from '@temporalio/client';
import { isOrderId } from '../../../contracts/ids.js';
import type { OrderView, ReturnView } from '../../../contracts/order.js';
import { isEnded } from '../../../contracts/statuses.js';
import { isPartOf } from '../../../contracts/returns.js';
import { latePaymentSignal } from '../../../workflows/late-payment/messages.js';
import { orderWorkflowId } from '../../../workflows/order/messages.js';
import { returnsWorkflowId } from '../../../workflows/returns/messages.js';
import { type News, type OrderEvent } from '../../../workflows/events.js';
import type { OrderBook } from '../book/order-book.js';
import { BOOK, TEMPORAL } from '../platform.js';
import { ApiProblem, orderNotFound } from '../problems/problem.js';
import { Returns } from '../returns/returns.js';
import { Admission } from '../runs/admission.js';
import { OrderRuns } from '../runs/order-runs.js';
import { temporalProblem } from '../runs/temporal-problem.js';
import { awaitsPayment, showsEffect } from './effect.js';
import { LatePayments } from './late-payments.js';
import { NewsBound } from './news-bound.js';
import { RecentIds } from './recent-ids.js';

/**
 * A run answers a query between two workflow tasks, and one that makes its calls may take 80 % of three seconds: a carrier can be
 * faster with the news of a parcel than the book with the parcel.
 */
const queryMs = 4000;

/** Hands news from outside to the run that it is about. */
@Injectable()
export class Webhooks {
  private readonly handed = new RecentIds(10_000);

  constructor(
    @Inject(TEMPORAL) private readonly client: Client & { connection: Connection },
    @Inject(BOOK) private readonly book: OrderBook,
    @Inject(OrderRuns) private readonly runs: OrderRuns,
    @Inject(Admission) private readonly admission: Admission,
    @Inject(NewsBound) private readonly bound: NewsBound,
    @Inject(LatePayments) private readonly latePayments: LatePayments,
    @Inject(Returns) private readonly returns: Returns,
  ) {}

  /**
   * @returns whether it was handed to a run; false for a repetition, for what the order shows already, when there was too much of it, and
   *   after the run has closed. Money is taken at any time: what an order cannot use is given back.
   * @throws {ApiProblem} not_found for an order, shipment or return that nobody knows; not_processed_yet when nobody can tell.
   */
  take(event: OrderEvent): Promise<boolean> {
    const { orderId } = event.data;
    if (!isOrderId(orderId)) throw orderNotFound();
    return this.admission.admit('news', orderId, () => this.takeNow(event));
  }

  private async takeNow(event: OrderEvent): Promise<boolean> {
    const { orderId } = event.data;
    if (this.handed.has(`${orderId} ${event.id}`)) return false;
    const entry = await this.book.look(orderId);
    const view = entry === 'absent' || entry === 'unreachable' ? undefined : entry.view;
    if (!view) await this.requireRun(orderId, entry === 'unreachable');
    const toReturns = event.type === 'return.received';
    if (view && showsEffect(view, event)) return false;
    // News of a parcel is taken as long as the run is open: the last facts may come behind the end.
    const isMoney = event.type === latePaymentSignal.name;
    if (view && !toReturns && !isMoney && isEnded(view.status) && !event.type.startsWith('shipment.')) return false;
    await (toReturns ? this.requireReturn(event, view) : this.requireShipment(event, view));
    const workflowId = toReturns ? returnsWorkflowId(orderId) : orderWorkflowId(orderId);
    const hasEnded = view !== undefined && isEnded(view.status) && isMoney;
    let applied = !hasEnded && (await this.bound.takes(workflowId)) && (await this.signal(workflowId, event, view));
    // Also when the run closed a moment ago, or has had too much news: its money is given back all the same.
    if (!applied && isMoney) {
      await this.latePayments.giveBack(event);
      applied = true;
    } else if (isMoney && view && !awaitsPayment(view)) this.latePayments.count(orderId);
    if (applied) this.handed.add(`${orderId} ${event.id}`);
    return applied;
  }

  private async requireRun(orderId: string, bookIsDown: boolean): Promise<void> {
    if (await this.runs.describe(orderId)) return;
    if (!bookIsDown) throw orderNotFound();
    throw new ApiProblem(
      'temporal_unavailable',
      'The order book does not answer, and Temporal has no run of this order',
    );
  }

  private async requireShipment({ data: { orderId, shipmentId } }: OrderEvent, view?: OrderView): Promise<void> {
    if (shipmentId === undefined || view?.shipments.some(({ id }) => id === shipmentId)) return;
    if (!shipmentId.startsWith(`${orderId}-`) || (view && isEnded(view.status))) throw shipmentNotFound();
    const asked = await this.runs.query(orderId, queryMs);
    if (!asked) throw nobodyTells('shipment');
    if (!asked.shipments.some(({ id }) => id === shipmentId)) throw shipmentNotFound();
  }

  private async requireReturn({ data: { orderId, returnId, lines } }: OrderEvent, view?: OrderView): Promise<void> {
    const meant = ({ id }: ReturnView) => id === returnId;
    const back = view?.returns.find(meant) ?? (await this.returnsOf(orderId)).find(meant);
    if (!back) throw new ApiProblem('not_found', 'The order has no such return');
    const announced = back.announced ?? back.lines;
    if (lines === undefined || isPartOf(announced, lines)) return;
    const pieces = announced.map((l) => `${l.quantity} of ${l.sku}`).join(', ');
    throw new ApiProblem('validation_failed', 'More cannot come back than the return announced', {
      errors: [{ path: '/data/lines', message: `must be some of what was announced: ${pieces}` }],
    });
  }

  private async returnsOf(orderId: string): Promise<ReturnView[]> {
    const returns = await this.runs.returns(orderId, queryMs);
    if (!returns) throw nobodyTells('return');
    return returns;
  }

  /** The run knows which order it is. */
  private async signal(
    workflowId: string,
    { type, data: { orderId: _, ...data }, ...event }: OrderEvent,
    view: OrderView | undefined,
  ): Promise<boolean> {
    const news: News = { ...event, data };
    try {
      await this.client.withDeadline(Date.now() + 5000, () =>
        this.client.workflow.getHandle(workflowId).signal<[News]>(type, news),
      );
      return true;
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw temporalProblem(error);
      // The run is known, so it has closed.
      return type === 'return.received' && view !== undefined && this.returns.wake(view, news);
    }
  }
}

function shipmentNotFound(): ApiProblem {
  return new ApiProblem('not_found', 'The order has no such shipment');
}

function nobodyTells(what: string, cause?: unknown): ApiProblem {
  const detail = `Nobody can tell at the moment whether the order has this ${what}: send the event again`;
  return new ApiProblem('not_processed_yet', detail, {}, { cause });
}
