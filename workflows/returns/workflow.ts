import { ApplicationFailure, sleep } from '@temporalio/workflow';
import type { ReturnableOrder } from '../../activities/orders.js';
import type { ReturnView } from '../../contracts/order.js';
import type { ReturnsPublication } from '../../contracts/publication.js';
import { events } from '../events.js';
import type { News } from '../events.js';
import { onEvent } from '../temporal/commands.js';
import { hostProcess } from '../temporal/host.js';
import type { Host, Hosted } from '../temporal/host.js';
import { callLocalActivity } from '../temporal/local-activity.js';
import { returnCommandHandlers } from './commands.js';
import type { ReturnWalk } from './commands.js';
import { returnsQuery } from './messages.js';
import type { ReturnsInput } from './messages.js';
import { returnVersions } from './process.js';
import { Returns } from './state.js';
import type { Return } from './state.js';
import { returnsTable } from './view.js';

const received = events['return.received'];

/** Gives up before the API stops waiting for the Update, so that the API can report that the order book is down. */
const loadPolicy = {
  startToCloseTimeout: '1s',
  retry: { initialInterval: '200ms', maximumAttempts: 3 },
  summary: 'load the order',
} as const;

/**
 * Runs all returns of one order. Each request is checked against the delivered goods and the other returns, and then goes through the
 * return process. The run closes when every return is closed or rejected. A later request starts the next run. It takes over the returns
 * that an earlier run left open when it was terminated or reset.
 *
 * @returns all returns of the order. Null if the run could not load the order, because then it does not know whether there are any.
 */
export const processReturns = hostProcess({ versions: returnVersions, open: openReturns });

function openReturns(
  { orderId, returnReviewLimit }: ReturnsInput,
  host: Host<Return>,
): Hosted<ReturnView[] | null, ReturnsPublication> {
  const returns = new Returns();
  const walks: ReturnWalk[] = [];
  /** News of returns that this run does not know yet. */
  const early: News[] = [];
  let hasLoaded = false;

  const walkOf = (returnId: string) => walks.find(({ back }) => back.id === returnId);

  function start(back: Return): void {
    const walk = { back, run: host.walk(back, `${orderId}:${back.id}`) };
    walks.push(walk);
    for (const news of early) tell(walk, news);
  }

  function tell({ back, run }: ReturnWalk, news: News): void {
    const { returnId, lines } = news.data;
    const isMeant = returnId === back.id || (returnId === undefined && lines === undefined);
    if (isMeant && back.fits(lines)) run.deliver(received, { id: news.id, content: news });
  }

  /** Tries to load the order until the order book answers, because news is sent only once. */
  async function loadUntilKnown(): Promise<void> {
    for (let pause = 10_000; !returns.order; pause = Math.min(2 * pause, 600_000)) {
      try {
        await load();
      } catch {
        await sleep(pause, { summary: 'the order book does not answer' });
      }
    }
  }

  /** Loads the order again, and takes over the returns that earlier runs left open. */
  async function load(): Promise<void> {
    try {
      returns.learn(await loadOrder(orderId, host));
      for (const back of returns.left()) start(back);
    } finally {
      hasLoaded = true;
    }
  }

  const commands = returnCommandHandlers({ returns, walkOf, start, load, reviewLimit: returnReviewLimit });
  return {
    query: returnsQuery,
    view: () => (returns.order ? returns.views : null),
    publishBy: 'orders.publishReturns',
    // Only the returns of this run: the book has the others from their own runs.
    publication: (position) => ({ orderId, position, returns: returns.own.map((each) => each.view()) }),
    details: () => returnsTable(returns.views, walks),
    commands: commands.handlers,
    refusal: commands.refusal,
    events: [
      onEvent(received, (news) => {
        const { returnId } = news.data;
        for (const walk of walks) tell(walk, news);
        if (returnId === undefined || walkOf(returnId)) return undefined;
        early.push(news);
        return loadUntilKnown();
      }),
    ],
    mayClose: () => hasLoaded,
  };
}

async function loadOrder(orderId: string, host: Host<Return>): Promise<ReturnableOrder> {
  let order: ReturnableOrder | null;
  try {
    order = await host.localCall(() =>
      callLocalActivity<ReturnableOrder | null>('orders.load', { orderId }, loadPolicy),
    );
  } catch {
    // There are no details: without the order, the possible commands are unknown.
    const message = 'The order book does not answer; repeat the request in a moment.';
    throw ApplicationFailure.nonRetryable(message, 'not_processed_yet');
  }
  if (!order) throw ApplicationFailure.nonRetryable('There is no such order.', 'not_found');
  return order;
}
