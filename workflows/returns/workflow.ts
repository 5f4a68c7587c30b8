import {
  ApplicationFailure,
  CancellationScope,
  allHandlersFinished,
  condition,
  proxyLocalActivities,
  setCurrentDetails,
  sleep,
} from '@temporalio/workflow';
import type { OrdersActivities, ReturnableOrder } from '../../activities/orders.js';
import type { ReturnView } from '../../contracts/order.js';
import type { Position, ReturnsPublication } from '../../contracts/publication.js';
import { mostReturnedLines, mostReturns } from '../../contracts/returns.js';
import { asKeptRefusal } from '../temporal/kept-refusal.js';
import { onQuery, onSignal, onUpdate } from '../temporal/handlers.js';
import { publicationQuery, serviceTaskQueue } from '../temporal/protocol.js';
import { returnCommands, returnsQuery } from './messages.js';
import { events } from '../events.js';
import type { EventType, News } from '../events.js';
import type { Refusal } from '../temporal/protocol.js';
import type { ReturnCommandBodies, ReturnsInput } from './messages.js';
import { ProcessRun } from '../engine/run-process.js';
import { TemporalPorts } from '../temporal/ports.js';
import { Publisher } from '../temporal/publisher.js';
import { returnProcess } from './process.js';
import { Returns } from './state.js';
import type { Return } from './state.js';

const received = 'return.received' satisfies EventType;
type LocalOrders = { 'orders.load': OrdersActivities['load'] };
type Walk = { back: Return; run: ProcessRun<Return> };

/** Shorter than the API waits for an Update, so that a book that is away is told as such. */
const loadPolicy = { startToCloseTimeout: '1s', retry: { initialInterval: '200ms', maximumAttempts: 3 } } as const;
/** Nobody parks a return: its calls are tried on until they are done. */
const withoutEnd = 10 * 365 * 24 * 3_600_000;

/**
 * All returns of one order: each request is checked against what was delivered and what the others take, and then walks the
 * return process. The run closes when every return is closed or rejected; a later request starts the next run, which goes on with what
 * an earlier one left open when it was terminated or reset.
 *
 * @returns all returns of the order; null from a run that could not load the order, so that nobody takes it for "there are none".
 */
export async function processReturns(input: ReturnsInput): Promise<ReturnView[] | null> {
  const { orderId } = input;
  const ports = new TemporalPorts({ taskQueue: serviceTaskQueue, retryBudgetMs: withoutEnd });
  const returns = new Returns();
  const walks: Walk[] = [];
  const walking: Promise<unknown>[] = [];
  /** News of returns that this run does not have yet: a run that takes them over has to load the order first. */
  const early: News[] = [];
  let asked = false;
  let loading = 0;

  const views = (): ReturnView[] | null => (returns.order ? returns.views : null);
  /** Of this run alone: the book has the others from their own runs. */
  const publication = (position: Position): ReturnsPublication => ({
    orderId,
    position,
    returns: returns.own.map((each) => each.view()),
  });
  const publisher = new Publisher<ReturnsPublication>({
    snapshot: (position) => {
      setCurrentDetails(returnsTable(returns.views, walks));
      return publication(position);
    },
    activity: 'orders.publishReturns',
    taskQueue: serviceTaskQueue('orders'),
    busy: () => ports.busy || loading > 0,
    turns: ports.turns,
  });

  onQuery<ReturnView[] | null>(returnsQuery, views);
  onQuery<ReturnsPublication>(publicationQuery, () => publication(publisher.position()));

  onSignal(events[received], (item) => {
    const { returnId } = item.data;
    for (const each of walks) tell(each, item);
    if (returnId === undefined || walkOf(returnId)) return undefined;
    early.push(item);
    return wake();
  });

  onUpdate(returnCommands.requestReturn, {
    refusal,
    // Refused before it stands in the history, once the order is known: a request may be large.
    refuse: ({ body }) => {
      if (isKnown()) refuseRequest(body);
    },
    take: async ({ fingerprint, body }) => {
      // What a completed order is to its returns does not change any more, and each reading of it stands in the history.
      if (!isKnown()) await learn();
      request(body);
      return { fingerprint, revision: await publisher.flush() };
    },
  });

  onUpdate(returnCommands.reviewReturn, {
    refusal,
    refuse: ({ body }) => {
      if (returns.order) refuseReview(body);
    },
    take: async ({ fingerprint, body }, id) => {
      if (!returns.order) await learn();
      // Somebody else's decision may have been taken meanwhile.
      asKeptRefusal(() => refuseReview(body));
      const { back, run } = walkOf(body.returnId)!;
      back.decide(body.decision);
      run.deliver(returnCommands.reviewReturn, { id, content: body });
      return { fingerprint, revision: await publisher.flush() };
    },
  });

  onUpdate(returnCommands.retryReturn, {
    refusal,
    refuse: ({ body }) => refuseRetry(body),
    take: async ({ fingerprint, body }) => {
      asKeptRefusal(() => refuseRetry(body));
      const { run } = walkOf(body.returnId)!;
      run.resolve(run.attention!.id, 'retry');
      return { fingerprint, revision: await publisher.flush() };
    },
  });

  function tell({ back, run }: Walk, news: News): void {
    const { returnId, lines } = news.data;
    const isMeant = returnId === back.id || (returnId === undefined && lines === undefined);
    if (isMeant && back.fits(lines)) run.deliver(events[received], { id: news.id, content: news });
  }

  function walkOf(returnId: string): Walk | undefined {
    return walks.find(({ back }) => back.id === returnId);
  }

  function refuseReview({ returnId }: ReturnCommandBodies['reviewReturn']): void {
    const back = returns.views.find(({ id }) => id === returnId);
    if (!back) refuse('not_found', `The order has no return ${returnId}.`);
    if (back.status !== 'requested') {
      refuse('wrong_status', `The return is ${back.status}: there is nothing to review.`);
    }
  }

  function refuseRetry({ returnId }: ReturnCommandBodies['retryReturn']): void {
    const walk = walkOf(returnId);
    if (!walk) refuse('not_found', `This run has no return ${returnId}.`);
    if (!walk.run.attention) refuse('wrong_status', `The return is ${walk.back.status}, and nothing of it is stuck.`);
  }

  function isKnown(): boolean {
    return returns.order?.status === 'completed';
  }

  function isThere(returnId: string): boolean {
    return returns.views.some((r) => r.id === returnId);
  }

  function refuseRequest({ returnId, lines }: ReturnCommandBodies['requestReturn']): void {
    // The same key again: what it asked for is there.
    if (isThere(returnId)) return;
    const order = returns.order!;
    if (order.status !== 'completed') {
      refuse('wrong_status', `Only a completed order can be returned; this one is ${order.status}.`);
    }
    const until = order.returnableUntil;
    if (until !== undefined && Date.now() >= Date.parse(until)) {
      refuse('wrong_status', `The return window closed at ${until}.`);
    }
    if (!returns.takes(lines.length)) {
      refuse(
        'too_many_changes',
        `An order can have ${mostReturns} returns of ${mostReturnedLines} lines together, and this one has had them.`,
      );
    }
    const errors = returns.excessOf(lines);
    if (errors.length > 0) refuse('return_exceeds_delivered', 'More cannot be returned than was delivered.', errors);
  }

  /** Checks and takes it in one go: nothing comes in between, so two requests at once cannot both have the last piece. */
  function request(body: ReturnCommandBodies['requestReturn']): void {
    refuseRequest(body);
    const { returnId, lines, reason } = body;
    if (isThere(returnId)) return;
    const needsReview = returns.expectedFor(lines) > input.returnReviewLimit;
    const status = needsReview ? 'requested' : 'approved';
    const view: ReturnView = {
      id: returnId,
      status,
      lines,
      reason,
      refunded: 0,
      requestedAt: new Date().toISOString(),
    };
    walk(returns.add(view));
  }

  function walk(back: Return): void {
    const run = new ProcessRun(returnProcess, back, ports, {
      key: `${orderId}:${back.id}`,
      onChange: () => publisher.changed(),
    });
    const each = { back, run };
    walks.push(each);
    for (const item of early) tell(each, item);
    walking.push(run.run().then(() => run.leavesSettled()));
  }

  /** For news, which nobody sends again: the book is waited for. */
  async function wake(): Promise<void> {
    for (let pause = 10_000; !returns.order; pause = Math.min(2 * pause, 600_000)) {
      try {
        await learn();
      } catch {
        await sleep(pause, { summary: 'the order book does not answer' });
      }
    }
  }

  /** Reads the order anew, and takes over what earlier runs left open of its returns. */
  async function learn(): Promise<void> {
    loading += 1;
    try {
      returns.learn(await load());
      for (const back of returns.left()) walk(back);
    } finally {
      loading -= 1;
      asked = true;
    }
  }

  async function load(): Promise<ReturnableOrder> {
    const local = proxyLocalActivities<LocalOrders>({
      ...loadPolicy,
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      summary: 'load the order',
    });
    let order: ReturnableOrder | null;
    try {
      order = await ports.turns.inTurn(local['orders.load']({ orderId }));
    } catch {
      // Nothing is said of what is possible: nobody knows.
      const message = 'The order book does not answer; repeat the request in a moment.';
      throw ApplicationFailure.nonRetryable(message, 'not_processed_yet');
    }
    if (!order) throw ApplicationFailure.nonRetryable('There is no such order.', 'not_found');
    return order;
  }

  function refuse(code: string, message: string, errors?: Refusal['errors']): never {
    throw ApplicationFailure.nonRetryable(message, code, { ...refusal(), ...(errors ? { errors } : {}) });
  }

  function refusal(): Refusal {
    return { orderStatus: returns.order?.status ?? 'completed', possible: returns.possible(Date.now()) };
  }

  return CancellationScope.nonCancellable(async () => {
    await condition(() => walks.length > 0 || (asked && allHandlersFinished()));
    // Nothing was taken, so there is nothing to publish.
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

/** Shown in the Web UI, with what is stuck. */
function returnsTable(returns: readonly ReturnView[], walks: readonly Walk[]): string {
  const rows = returns.map((r) => {
    const stuck = walks.find((w) => w.back.id === r.id)?.run.attention;
    const trouble = stuck ? `${stuck.id}: ${stuck.failure?.code}` : '';
    return `| ${r.id} | ${r.status} | ${r.lines.map((l) => `${l.quantity} x ${l.sku}`).join(', ')} | ${r.refunded} | ${trouble} |`;
  });
  return ['| return | status | lines | refunded | stuck |', '|---|---|---|---|---|', ...rows].join('\n');
}
