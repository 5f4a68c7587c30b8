import { Inject, Injectable } from '@nestjs/common';
import { WorkflowNotFoundError } from '@temporalio/client';
import { isOrderId } from '../../../contracts/ids.js';
import type { OrderView, ReturnView } from '../../../contracts/order.js';
import { isEnded } from '../../../contracts/statuses.js';
import { isPartOf } from '../../../contracts/returns.js';
import { latePaymentSignal } from '../../../workflows/late-payment/messages.js';
import { orderWorkflowId } from '../../../workflows/order/messages.js';
import { returnsWorkflowId } from '../../../workflows/returns/messages.js';
import { type News, type OrderEvent } from '../../../workflows/events.js';
import type { OrderBook } from '../book/order-book.js';
import { BOOK, TEMPORAL } from '../dependencies.js';
import { ApiProblem, orderNotFound } from '../problems/problem.js';
import { Returns } from '../returns/returns.js';
import { MessageQueue } from '../runs/message-queue.js';
import { orderUnreadable } from '../orders/order-reader.js';
import { OrderRuns } from '../runs/order-runs.js';
import { acceptedWithinMs, temporalProblem } from '../runs/temporal-problem.js';
import { awaitsPayment, showsEffect } from './effect.js';
import { LatePayments } from './late-payments.js';
import { HistoryBound } from './history-bound.js';
import { RecentIds } from './recent-ids.js';
import type { TemporalClient } from '../../temporal/connection.js';

/** A run answers a query only between two workflow tasks, and a task that makes calls may take seconds. */
const queryMs = 4000;

/** Sends each event of a webhook to the run that it is about. */
@Injectable()
export class Webhooks {
  private readonly sent = new RecentIds(10_000);

  constructor(
    @Inject(TEMPORAL) private readonly client: TemporalClient,
    @Inject(BOOK) private readonly book: OrderBook,
    @Inject(OrderRuns) private readonly runs: OrderRuns,
    @Inject(MessageQueue) private readonly queue: MessageQueue,
    @Inject(HistoryBound) private readonly historyBound: HistoryBound,
    @Inject(LatePayments) private readonly latePayments: LatePayments,
    @Inject(Returns) private readonly returns: Returns,
  ) {}

  /**
   * @returns whether the event was sent to a run; false for a repetition, for an effect that the order shows already, for too many events,
   *   and after the run has closed. A payment is always accepted: what the order cannot use is refunded.
   * @throws {ApiProblem} not_found for an unknown order, shipment or return; not_processed_yet when it cannot be looked up.
   */
  send(event: OrderEvent): Promise<boolean> {
    const { orderId } = event.data;
    if (!isOrderId(orderId)) throw orderNotFound();
    return this.queue.send('events', orderId, () => this.sendNow(event));
  }

  private async sendNow(event: OrderEvent): Promise<boolean> {
    const { orderId } = event.data;
    if (this.sent.has(`${orderId} ${event.id}`)) return false;
    const { entry, isReachable } = await this.book.lookUp(orderId);
    const view = entry?.view;
    if (!view) await this.requireRun(orderId, isReachable);
    const toReturns = event.type === 'return.received';
    if (view && showsEffect(view, event)) return false;
    // Events about a parcel are accepted while the run is open: the last facts may arrive after the order's end.
    const isMoney = event.type === latePaymentSignal.name;
    if (view && !toReturns && !isMoney && isEnded(view.status) && !event.type.startsWith('shipment.')) return false;
    await (toReturns ? this.requireReturn(event, view) : this.requireShipment(event, view));
    const workflowId = toReturns ? returnsWorkflowId(orderId) : orderWorkflowId(orderId);
    const hasEnded = view !== undefined && isEnded(view.status) && isMoney;
    let applied =
      !hasEnded && (await this.historyBound.allows(workflowId)) && (await this.signal(workflowId, event, view));
    // The money is refunded also when the run closed a moment ago, or its history is too large.
    if (!applied && isMoney) {
      await this.latePayments.refund(event);
      applied = true;
    } else if (isMoney && view && !awaitsPayment(view)) this.latePayments.count(orderId);
    if (applied) this.sent.add(`${orderId} ${event.id}`);
    return applied;
  }

  private async requireRun(orderId: string, isBookReachable: boolean): Promise<void> {
    if (await this.runs.describe(orderId)) return;
    throw isBookReachable ? orderNotFound() : orderUnreadable();
  }

  private async requireShipment({ data: { orderId, shipmentId } }: OrderEvent, view?: OrderView): Promise<void> {
    if (shipmentId === undefined || view?.shipments.some(({ id }) => id === shipmentId)) return;
    if (!shipmentId.startsWith(`${orderId}-`) || (view && isEnded(view.status))) throw shipmentNotFound();
    const current = await this.runs.query(orderId, queryMs);
    if (!current) throw cannotLookUp('shipment');
    if (!current.shipments.some(({ id }) => id === shipmentId)) throw shipmentNotFound();
  }

  private async requireReturn({ data: { orderId, returnId, lines } }: OrderEvent, view?: OrderView): Promise<void> {
    const isMeant = ({ id }: ReturnView) => id === returnId;
    const back = view?.returns.find(isMeant) ?? (await this.returnsOf(orderId)).find(isMeant);
    if (!back) throw new ApiProblem('not_found', 'The order has no such return');
    const announced = back.announced ?? back.lines;
    if (lines === undefined || isPartOf(announced, lines)) return;
    const pieces = announced.map((l) => `${l.quantity} of ${l.sku}`).join(', ');
    throw new ApiProblem('validation_failed', 'More came back than the return announced', {
      errors: [{ path: '/data/lines', message: `must be at most what was announced: ${pieces}` }],
    });
  }

  private async returnsOf(orderId: string): Promise<ReturnView[]> {
    const returns = await this.runs.returns(orderId, queryMs);
    if (!returns) throw cannotLookUp('return');
    return returns;
  }

  /** @returns whether a run received it. */
  private async signal(
    workflowId: string,
    { type, data: { orderId: _, ...data }, ...event }: OrderEvent,
    view: OrderView | undefined,
  ): Promise<boolean> {
    const news: News = { ...event, data };
    try {
      await this.client.withDeadline(Date.now() + acceptedWithinMs, () =>
        this.client.workflow.getHandle(workflowId).signal<[News]>(type, news),
      );
      return true;
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw temporalProblem(error);
      // The run is known, so it has closed.
      return type === 'return.received' && view !== undefined && this.returns.restart(view, news);
    }
  }
}

function shipmentNotFound(): ApiProblem {
  return new ApiProblem('not_found', 'The order has no such shipment');
}

function cannotLookUp(what: string, cause?: unknown): ApiProblem {
  const detail = `Whether the order has this ${what} cannot be looked up at the moment. Send the event again`;
  return new ApiProblem('not_processed_yet', detail, {}, { cause });
}
