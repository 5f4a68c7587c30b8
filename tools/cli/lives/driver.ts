import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation, type WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { OrderView, PlaceOrder } from '../../../contracts/order.js';
import type { ServiceName } from '../../../src/config/index.js';
import { orderIdFor } from '../../../src/temporal/ids.js';
import type { News, OutsideEvent } from '../../../workflows/events.js';
import { latePaymentWorkflowId } from '../../../workflows/late-payment/messages.js';
import { orderQuery, orderWorkflowId, settleWorkflowId } from '../../../workflows/order/messages.js';
import { latestOf } from '../../../workflows/engine/versions.js';
import { returnsWorkflowId, returnsWorkflowType, type ReturnsInput } from '../../../workflows/returns/messages.js';
import { returnVersions } from '../../../workflows/returns/process.js';
import { ordersTaskQueue, workflowTaskTimeout } from '../../../workflows/temporal/protocol.js';
import { CannotRun } from '../command.js';
import { sendWebhook } from '../webhook.js';
import type { Fault, FaultInPlace } from './faults.js';
import { eventName, parseHistory, type RecordedHistory } from '../replay/history.js';
import { kindsOf } from './kinds.js';
import type { Life } from './life.js';
import type { Stage } from './stage.js';

/** An example order, and what people, carriers and services do with it. */
export class Driver {
  readonly orderId: string;

  constructor(
    readonly name: string,
    private readonly stage: Stage,
  ) {
    this.orderId = orderIdFor(stage.keys.shop.shopId, name);
    stage.feed.watch(this.orderId);
  }

  /** A sku that no other life orders. */
  get ownSku(): string {
    return `rare-${this.name}`;
  }

  /** @param order what differs from the example; `carrier: undefined` names none. */
  async place(order: Partial<PlaceOrder> | { carrier: undefined } = {}): Promise<OrderView> {
    const { http, keys, feed } = this.stage;
    const { body } = await http.send<OrderView>('api', 'POST', '/v1/orders', {
      headers: { authorization: `Bearer ${keys.shop.key}`, 'idempotency-key': this.name },
      body: {
        customerId: 'customer-1',
        currency: 'EUR',
        lines: [{ sku: 'mug', quantity: 2, unitPrice: 1250 }],
        shippingFee: 490,
        payment: { method: 'card', token: 'tok_ok' },
        shippingAddress: {
          name: 'Ada Example',
          line1: '1 Example Street',
          city: 'Berlin',
          postalCode: '10115',
          country: 'DE',
        },
        carrier: 'external',
        reference: this.name,
        ...order,
      } satisfies Omit<PlaceOrder, 'carrier'>,
    });
    feed.note(body);
    return body;
  }

  /** Sends a command such as `cancel`, or `returns/ret_1/review`; `amend` changes the order itself. */
  async command(path: string, body: object = {}, role: 'shop' | 'operator' = 'shop'): Promise<OrderView> {
    const { http, keys, feed } = this.stage;
    const isAmend = path === 'amend';
    const route = `/v1/orders/${this.orderId}${isAmend ? '' : `/${path}`}`;
    const answer = await http.send<OrderView>('api', isAmend ? 'PATCH' : 'POST', route, {
      headers: { authorization: `Bearer ${role === 'shop' ? keys.shop.key : keys.operator}` },
      body,
    });
    feed.noteAnswer(answer.body);
    return answer.body;
  }

  /** An operator's decision about the step that needs attention. */
  async resolve(action: 'retry' | 'skip' | 'abandon', step?: string): Promise<OrderView> {
    const named = step ?? (await this.untilStatus('needs_attention')).failure!.step;
    return this.command('resolve', { action, step: named }, 'operator');
  }

  /** The payment provider or the carrier reports something. `more` tells a second message of one kind apart. */
  async sendEvent(type: OutsideEvent['type'], data: OutsideEvent['data'] = {}, more?: string): Promise<void> {
    const { http, keys } = this.stage;
    const timestamp = new Date().toISOString();
    const event = { id: this.idOf(type, data, more), type, timestamp, data: { orderId: this.orderId, ...data } };
    await sendWebhook(http, keys.webhookSecrets, event);
  }

  /** The same as a Signal straight to the run, without the API, which sorts out repetitions and what comes too late. */
  async signal(type: OutsideEvent['type'], data: OutsideEvent['data'] = {}, more?: string): Promise<void> {
    const news: News = { id: this.idOf(type, data, more), timestamp: new Date().toISOString(), data };
    await this.handle(type === 'return.received' ? 'returns' : undefined).signal(type, news);
  }

  /** A command as an Update straight to the run, without the API. A refusal is part of the life. */
  async update(name: string, body?: object, run?: Life['run']): Promise<void> {
    const envelope = { fingerprint: name, by: { role: 'operator', name: 'example' }, body: body ?? {} };
    await this.handle(run)
      .executeUpdate(name, { args: [envelope], updateId: randomUUID() })
      .catch(() => undefined);
  }

  /**
   * Sends commands while the run is still busy with a piece of news, so that they reach it in one workflow task. The run of the returns shows
   * nothing of news: it is kept busy by the first command.
   */
  async updateTogether(updates: readonly [name: string, body?: object][], run?: Life['run']): Promise<void> {
    const { met } = this.fault('orders', { call: /^PUT /, afterMs: 800, times: 1 });
    const sent: Promise<void>[] = [];
    const [first, ...others] = updates;
    if (run === 'returns') sent.push(this.update(first![0], first![1], run));
    else await this.signal('payment.failed', {}, randomUUID().slice(0, 8));
    await met;
    for (const [name, body] of run === 'returns' ? others : updates) {
      sent.push(this.update(name, body, run));
      // Temporal keeps the order in which they arrive.
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    await Promise.all(sent);
  }

  fault(service: ServiceName, fault: Omit<Fault, 'orderId'>): FaultInPlace {
    return this.stage.ways[service].put({ ...fault, orderId: this.orderId });
  }

  /** Calls of this order, or the answers to them, go on when the fault ends. */
  holds(service: ServiceName, call: RegExp, held: 'call' | 'answer' = 'call'): FaultInPlace {
    return this.fault(service, { call, held });
  }

  /** The same for an ordinary call: the local attempt before it fails. */
  holdsOrdinary(service: ServiceName, call: RegExp): FaultInPlace {
    this.fails(service, call, 1);
    return this.holds(service, call);
  }

  /** The service rejects a call of this order with a code of its contract. */
  rejects(service: ServiceName, call: RegExp, code: string): FaultInPlace {
    return this.fault(service, { call, answer: { status: 409, body: { code, detail: `Rejected: ${code}.` } } });
  }

  /** The service fails for this order. */
  fails(service: ServiceName, call: RegExp, times?: number): FaultInPlace {
    const answer = { status: 503, body: { code: 'unavailable', detail: 'Closed for an hour.' } };
    return this.fault(service, { call, answer, ...(times !== undefined && { times }) });
  }

  async stop(part: 'orders' | 'worker'): Promise<void> {
    await this.stage.stopPart(part);
  }

  async start(part: 'orders' | 'worker'): Promise<void> {
    await this.stage.startPart(part);
  }

  /** The newest run of the order, of its returns, of its late payments, or the one that settles it. */
  handle(run?: Life['run']): WorkflowHandle {
    const idOf = {
      order: orderWorkflowId,
      returns: returnsWorkflowId,
      'late-payment': latePaymentWorkflowId,
      settle: settleWorkflowId,
    };
    return this.stage.client.workflow.getHandle(idOf[run ?? 'order'](this.orderId));
  }

  /** The first of the runs that continued one another. */
  async firstRun(run?: Life['run']): Promise<WorkflowHandle> {
    const { workflowId, raw } = await this.handle(run).describe();
    return this.stage.client.workflow.getHandle(workflowId, raw.workflowExecutionInfo!.firstRunId!);
  }

  /** A request for a return straight to the run of the returns, which it starts. A refusal is part of the life. */
  async requestReturn(returnId: string, quantity = 1): Promise<void> {
    const body = { returnId, lines: [{ sku: 'mug', quantity }], reason: 'too many' };
    const envelope = { fingerprint: returnId, by: { role: 'operator', name: 'example' }, body };
    const startWorkflowOperation = new WithStartWorkflowOperation(returnsWorkflowType, {
      workflowId: returnsWorkflowId(this.orderId),
      ...this.returnsRun(),
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    await this.stage.client.workflow
      .executeUpdateWithStart('requestReturn', { args: [envelope], updateId: randomUUID(), startWorkflowOperation })
      .catch(() => undefined);
  }

  private returnsRun() {
    const input: ReturnsInput = {
      orderId: this.orderId,
      shopId: this.stage.keys.shop.shopId,
      process: { name: 'returns', version: latestOf(returnVersions).version },
      returnReviewLimit: 3000,
      stepRetryBudgetMs: 2000,
    };
    return { taskQueue: ordersTaskQueue, workflowTaskTimeout, args: [input] };
  }

  /** News of a return for which no run is open: it starts one. */
  async signalWithStartReturns(): Promise<void> {
    await this.stage.client.workflow.signalWithStart(returnsWorkflowType, {
      workflowId: returnsWorkflowId(this.orderId),
      ...this.returnsRun(),
      signal: 'return.received',
      signalArgs: [
        {
          id: `${this.orderId}:early`,
          timestamp: new Date().toISOString(),
          data: { returnId: 'ret_unknown' },
        } satisfies News,
      ],
    });
  }

  /**
   * Resets the order's run to the end of its first workflow task, as from the Web UI.
   *
   * @param keeps messages that came later, which the new run gets, too; nothing unless given.
   */
  async reset({ keeps }: { keeps?: 'updates' } = {}): Promise<void> {
    const { client } = this.stage;
    const { events } = await this.handle().fetchHistory();
    const first = events!.find(({ workflowTaskCompletedEventAttributes: task }) => task);
    await client.workflowService.resetWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId: orderWorkflowId(this.orderId) },
      workflowTaskFinishEventId: first!.eventId!,
      requestId: randomUUID(),
      // Signals, Updates and a Cancel that came later would be told to the new run.
      resetReapplyExcludeTypes: keeps === 'updates' ? [1, 4] : [1, 2, 4],
      reason: 'example',
    });
  }

  /** Resolves when the run's history has an event of this type, such as `TimerStarted`. */
  async untilEvent(type: string, run?: Life['run']): Promise<void> {
    await poll(async () => (await this.historyOf(run)).events.some((event) => eventName(event) === type));
  }

  /** Resolves when the run's history has this kind of the catalogue, such as `timer the payment is due fired`. */
  async untilKind(kind: string, run?: Life['run']): Promise<void> {
    await poll(async () => kindsOf(await this.historyOf(run)).has(kind));
  }

  private async historyOf(run?: Life['run']): Promise<RecordedHistory> {
    return parseHistory(historyToJSON(await this.handle(run).fetchHistory()), this.name);
  }

  until(test: (view: OrderView) => boolean): Promise<OrderView> {
    return this.stage.feed.until(this.orderId, test);
  }

  untilStatus(status: OrderView['status']): Promise<OrderView> {
    return this.until((view) => view.status === status);
  }

  /** Resolves when the step, or one of its branches, has this state. */
  untilStep(step: string, state: string): Promise<OrderView> {
    return this.until(({ steps }) => steps.some((s) => s.id.split(':')[0] === step && s.state === state));
  }

  /** As the run itself says, for as long as the order book is away. */
  async untilRun(test: (view: OrderView) => boolean): Promise<OrderView> {
    let view: OrderView | undefined;
    await poll(async () => test((view = await this.handle().query<OrderView>(orderQuery))));
    return view!;
  }

  /** Resolves when all parcels, or the one in the warehouse, have this status. */
  untilParcels(status: OrderView['shipments'][number]['status'], warehouse?: string): Promise<OrderView> {
    return this.until(({ shipments }) => {
      const meant = shipments.filter((shipment) => warehouse === undefined || shipment.warehouse === warehouse);
      return meant.length > 0 && meant.every((shipment) => shipment.status === status);
    });
  }

  stock(sku: string, levels: Record<string, number>): Promise<unknown> {
    const warehouses = Object.entries(levels).map(([warehouse, available]) => ({ warehouse, available }));
    return this.stage.http.send('inventory', 'PUT', `/v1/stock/${sku}`, { body: { warehouses } });
  }

  private idOf(type: string, { shipmentId, returnId }: OutsideEvent['data'], more?: string): string {
    return [this.orderId, type, shipmentId ?? returnId, more].filter((part) => part !== undefined).join(':');
  }
}

/** @throws {CannotRun} when nothing happens for a minute. */
async function poll(test: () => Promise<boolean>): Promise<void> {
  for (let left = 600; !(await test()); left -= 1) {
    if (left === 0) throw new CannotRun('what the life waits for has not happened within a minute');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
