import {
  ApplicationFailure,
  CancellationScope,
  allHandlersFinished,
  condition,
  proxyLocalActivities,
  setCurrentDetails,
} from '@temporalio/workflow';
import type { OrdersActivities, ReturnableOrder } from '../activities/orders.js';
import type { ReturnView } from '../contracts/order.js';
import type { ReturnsPublication } from '../contracts/publication.js';
import { onQuery, onSignal, onUpdate } from './handlers.js';
import { news, returnCommandShapes } from './message-shapes.js';
import { publicationQuery, returnsQuery, serviceTaskQueue } from './messages.js';
import type { EventType, News, Refusal, ReturnCommandBodies, ReturnsInput } from './messages.js';
import { ProcessRun } from './process/run-process.js';
import { TemporalPorts } from './process/temporal-ports.js';
import { Publisher } from './publisher.js';
import { returnProcess } from './return-process.js';
import { Return, excessOf, refundFor } from './return.js';
import type { CountedReturn } from './return.js';

type LocalOrders = { 'orders.load': OrdersActivities['load'] };
type Walk = { back: Return; run: ProcessRun<Return> };

/** Shorter than the API waits for an Update, so that a book that is away is told as such. */
const loading = { startToCloseTimeout: '1s', retry: { initialInterval: '200ms', maximumAttempts: 3 } } as const;
/** Nobody parks a return: its calls are tried on until they are done. */
const withoutEnd = 10 * 365 * 24 * 3_600_000;

/**
 * All returns of one order: each request is checked against what was delivered and what the others take, and then walks the
 * return process. The run closes when every return is closed or rejected; a later request starts the next run.
 */
export async function processReturns(input: ReturnsInput): Promise<ReturnView[]> {
  const { orderId } = input;
  const ports = new TemporalPorts({ taskQueue: serviceTaskQueue, retryBudgetMs: withoutEnd });
  const walks: Walk[] = [];
  const walking: Promise<unknown>[] = [];
  /** Returns of earlier runs, as the book had them when this one began. */
  let earlier: ReturnView[] = [];
  let asked = false;
  let checking = false;

  const views = (): ReturnView[] => [...earlier, ...walks.map((w) => w.back.view())];
  const publisher = new Publisher<ReturnsPublication>({
    snapshot: (position) => {
      setCurrentDetails(returnsTable(views(), walks));
      return { orderId, position, returns: views() };
    },
    activity: 'orders.publishReturns',
    taskQueue: serviceTaskQueue('orders'),
    busy: () => ports.busy || checking,
    turns: ports.turns,
  });

  onQuery<ReturnView[]>(returnsQuery, views);
  onQuery<ReturnsPublication>(publicationQuery, () => ({ orderId, position: publisher.position(), returns: views() }));

  const received = 'return.received' satisfies EventType;
  onSignal<News>(received, news, ({ id, timestamp, data }) => {
    for (const { back, run } of walks) {
      if (data.returnId === undefined || data.returnId === back.id)
        run.deliver({ id, kind: received, content: { type: received, id, timestamp, data } });
    }
  });

  onUpdate<ReturnCommandBodies['requestReturn']>('requestReturn', {
    shape: returnCommandShapes.requestReturn,
    refusal: () => refusal(),
    take: async ({ fingerprint, body }) => {
      // One at a time: two requests at once must not both take the last piece.
      await condition(() => !checking);
      checking = true;
      try {
        await request(body);
      } finally {
        checking = false;
        asked = true;
      }
      return { fingerprint, revision: await publisher.flush() };
    },
  });

  onUpdate<ReturnCommandBodies['reviewReturn']>('reviewReturn', {
    shape: returnCommandShapes.reviewReturn,
    refusal: () => refusal(),
    refuse: ({ body }) => refuseReview(body),
    take: async ({ fingerprint, body }, id) => {
      // Somebody else's decision may have been taken meanwhile.
      refuseReview(body);
      const walk = walks.find((w) => w.back.id === body.returnId)!;
      walk.run.deliver({ id, kind: 'reviewReturn', content: body });
      return { fingerprint, revision: await publisher.flush() };
    },
  });

  onUpdate<ReturnCommandBodies['retryReturn']>('retryReturn', {
    shape: returnCommandShapes.retryReturn,
    refusal: () => refusal(),
    refuse: ({ body: { returnId } }) => {
      const walk = walks.find((w) => w.back.id === returnId);
      if (!walk) refuse('not_found', `This run has no return ${returnId}.`);
      if (!walk.run.attention) refuse('wrong_status', `The return is ${walk.back.status}, and nothing of it is stuck.`);
    },
    take: async ({ fingerprint, body }) => {
      const { run } = walks.find((w) => w.back.id === body.returnId)!;
      if (run.attention) run.resolve(run.attention.id, 'retry');
      return { fingerprint, revision: await publisher.flush() };
    },
  });

  function refuseReview({ returnId }: ReturnCommandBodies['reviewReturn']): void {
    const back = [...earlier, ...walks.map((w) => w.back)].find((r) => r.id === returnId);
    if (!back) refuse('not_found', `The order has no return ${returnId}.`);
    if (back.status !== 'requested')
      refuse('wrong_status', `The return is ${back.status}: there is nothing to review.`);
  }

  async function request({ returnId, lines, reason }: ReturnCommandBodies['requestReturn']): Promise<void> {
    const order = await load();
    if (walks.length === 0) earlier = order.returns;
    // The same key again: what it asked for is there.
    if (views().some((r) => r.id === returnId)) return;
    if (order.status !== 'completed')
      refuse('wrong_status', `Only a completed order can be returned; this one is ${order.status}.`, order);
    const until = order.returnableUntil;
    if (until !== undefined && Date.now() > Date.parse(until)) {
      refuse('wrong_status', `The return window closed at ${until}.`, order);
    }
    const others: CountedReturn[] = [
      ...earlier.map((r) => ({ ...r, amount: r.refunded })),
      ...walks.map((w) => w.back),
    ];
    const errors = excessOf(order, lines, others);
    if (errors.length > 0)
      refuse('return_exceeds_delivered', 'More cannot be returned than was delivered.', order, errors);

    const amount = refundFor(order, lines, others);
    const requestedAt = new Date().toISOString();
    const back = new Return(returnId, order, lines, reason, requestedAt, amount, amount > input.returnReviewLimit);
    const run = new ProcessRun(returnProcess, back, ports, {
      key: `${orderId}:${returnId}`,
      onChange: () => publisher.changed(),
    });
    walks.push({ back, run });
    walking.push(run.run().then(() => run.leavesSettled()));
  }

  async function load(): Promise<ReturnableOrder> {
    const local = proxyLocalActivities<LocalOrders>({
      ...loading,
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      summary: 'load the order',
    });
    let order: ReturnableOrder | null;
    try {
      order = await ports.turns.inTurn(local['orders.load']({ orderId }));
    } catch {
      return refuse('not_processed_yet', 'The order book does not answer; repeat the request in a moment.');
    }
    return order ?? refuse('not_found', 'There is no such order.');
  }

  return CancellationScope.nonCancellable(async () => {
    await condition(() => walks.length > 0 || (asked && allHandlersFinished()));
    // Nothing was taken: the book is left as it is, it may know more than this run was told.
    if (walks.length === 0) return views();
    for (let settled = 0; settled < walking.length || !allHandlersFinished();) {
      const publishing = publisher.run();
      settled = walking.length;
      await Promise.all(walking);
      await condition(allHandlersFinished);
      publisher.close();
      await publishing;
      // A request that came while the last view was being stored is walked too.
    }
    return views();
  });
}

function refuse(code: string, message: string, order?: ReturnableOrder, errors?: Refusal['errors']): never {
  throw ApplicationFailure.nonRetryable(message, code, { ...refusal(order), ...(errors ? { errors } : {}) });
}

function refusal(order?: ReturnableOrder): Refusal {
  return {
    orderStatus: order?.status ?? 'completed',
    possible: order && order.status !== 'completed' ? [] : ['return'],
  };
}

/** Shown in the Web UI, with what is stuck. */
function returnsTable(returns: readonly ReturnView[], walks: readonly Walk[]): string {
  const rows = returns.map((r) => {
    const stuck = walks.find((w) => w.back.id === r.id)?.run.attention;
    const trouble = stuck ? `${stuck.id}: ${stuck.failure?.code}` : '';
    return `| ${r.id} | ${r.status} | ${r.lines.map((l) => `${l.quantity} x ${l.sku}`).join(', ')} | ${r.refunded} | ${trouble} |`;
  });
  return ['| return | status | lines | refunded | stuck |', '|---|---|---|---|---|', ...rows].join('\n');
}
