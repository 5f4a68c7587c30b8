import { setTimeout as sleep } from 'node:timers/promises';
import type { OrderView } from '../../../contracts/order.js';
import { isEnded, type OrderStatus } from '../../../contracts/statuses.js';
import type { OutsideEvent } from '../../../workflows/events.js';
import { orderIdFor } from '../../../src/temporal/ids.js';
import { HttpRejection, Unreachable, type Http } from '../http.js';
import { NoProgress, type OrderFeed } from '../order-feed.js';
import { sendWebhook } from '../webhook.js';
import type { OrderPlan, PlannedMessage } from './plan.js';

/** An order of the log after it was played. */
export interface PlayedOrder {
  plan: OrderPlan;
  orderId?: string;
  /** Whether the order was in the system before the import began. */
  known: boolean;
  /** How many messages were sent. A message is not sent if its effect is there already. */
  sent: number;
  reached?: OrderStatus;
  /** Why the order is not where the log says; unset when it is. */
  mismatch?: string;
}

export interface PlayContext {
  http: Http;
  feed: OrderFeed;
  shopId: string;
  shopKey: string;
  /** When the import began, by the clock of this machine. */
  begun: number;
  /** Approves returns above the limit. Without this key they wait for an operator. */
  operatorKey?: string;
  webhookSecrets: Record<'payment' | 'carrier', string>;
}

/**
 * How often a message is refused before that counts. After a lost workflow task a run can be behind the view that it has published: it
 * refuses what the view allows, until it has caught up or has published how far it is.
 */
const mostRefusals = 10;
const refusalPauseMs = 300;

/** Plays one order. Everything it sends is safe to repeat, so an interrupted import can start from the beginning. */
export async function playOrder(plan: OrderPlan, context: PlayContext): Promise<PlayedOrder> {
  const played: PlayedOrder = { plan, known: false, sent: 0 };
  try {
    await play(plan, context, played);
  } catch (error) {
    if (error instanceof NoProgress) {
      played.mismatch ??= `${describeState(error.view, plan)}; ${error.message}`;
    } else if (error instanceof HttpRejection || error instanceof Unreachable) {
      played.mismatch = error.message;
    } else {
      throw error;
    }
  }
  return played;
}

async function play(plan: OrderPlan, context: PlayContext, played: PlayedOrder): Promise<void> {
  const { http, feed } = context;
  const orderId = orderIdFor(context.shopId, plan.reference);
  played.orderId = orderId;
  feed.watch(orderId);
  try {
    const placed = await http.send<OrderView>('api', 'POST', '/v1/orders', {
      headers: { authorization: `Bearer ${context.shopKey}`, 'idempotency-key': plan.reference },
      body: plan.placement,
    });
    // An answer that was lost comes again with 200: then the order is there already, but as one of this import.
    played.known = placed.status === 200 && Date.parse(placed.body.placedAt) < context.begun;
    feed.note(placed.body);
    const follow = async (test: (view: OrderView) => boolean): Promise<OrderView> => {
      const view = await feed.until(orderId, test);
      played.reached = view.status;
      return view;
    };
    /** Sends the message when it is due, unless its effect is there. Returns false if the order is stuck before it. */
    const say = async (message: PlannedMessage, refused = 0): Promise<boolean> => {
      const { due, done } = moments[message.kind];
      const view = await follow((now) => done(now) || due(now, message) || isStuck(now));
      if (done(view) || !due(view, message)) return done(view);
      const refusal = await send(message, view, context, plan);
      if (!refusal) {
        played.sent += 1;
        return true;
      }
      if (refused === mostRefusals) throw refusal;
      await sleep(refusalPauseMs);
      await feed.refresh(orderId);
      return say(message, refused + 1);
    };
    for (const message of plan.messages) {
      if (!(await say(message))) break;
    }
    const view = await follow((now) => hasArrived(now, plan) || isStuck(now));
    if (!hasArrived(view, plan)) played.mismatch = describeState(view, plan);
  } finally {
    feed.forget(orderId);
  }
}

interface Moment {
  /** The order is in the state in which people send this message. */
  due: (view: OrderView, message: PlannedMessage) => boolean;
  /** The order shows the message's effect, or is further. */
  done: (view: OrderView) => boolean;
}

/** How far an order of a log is in each status. A log's orders never wait for a person, and ended early they go no further. */
const progress: Record<OrderStatus, number | 'waits for a person' | 'ended early'> = {
  placed: 0,
  awaiting_payment: 1,
  confirmed: 2,
  shipping: 3,
  delivered: 4,
  completed: 5,
  awaiting_customer: 'waits for a person',
  awaiting_review: 'waits for a person',
  needs_attention: 'waits for a person',
  cancelled: 'ended early',
  failed: 'ended early',
};
function isPast(view: OrderView, status: OrderStatus): boolean {
  const [now, then] = [progress[view.status], progress[status]];
  return typeof now === 'number' && typeof then === 'number' && now > then;
}
const every = (view: OrderView, ...states: OrderView['shipments'][number]['status'][]): boolean =>
  view.shipments.length > 0 && view.shipments.every(({ status }) => states.includes(status));

const moments: Record<PlannedMessage['kind'], Moment> = {
  'payment.succeeded': {
    due: (view) => view.status === 'awaiting_payment',
    done: (view) => isPast(view, 'awaiting_payment'),
  },
  'shipment.dispatched': {
    due: (view) => view.status === 'confirmed' && every(view, 'booked'),
    done: (view) => isPast(view, 'confirmed'),
  },
  'shipment.delivered': {
    due: (view) => view.status === 'shipping' && every(view, 'dispatched', 'delivered'),
    done: (view) => isPast(view, 'shipping'),
  },
  'shipment.returned': {
    due: (view) => view.status === 'shipping' && every(view, 'dispatched') && isSettled(view),
    done: (view) => every(view, 'returned'),
  },
  cancel: {
    due: (view, message) => message.kind === 'cancel' && view.status === message.from && isSettled(view),
    done: (view) => view.status === 'cancelled',
  },
  return: {
    due: (view) => view.status === 'completed' && isSettled(view),
    done: (view) => view.returns.length > 0,
  },
  'return.received': {
    due: (view) => view.returns.some(({ status }) => status === 'requested' || status === 'approved'),
    done: (view) =>
      view.returns.length > 0 && view.returns.every(({ status }) => status === 'received' || status === 'closed'),
  },
};

/** No call is under way, so the view stays as it is until somebody acts. */
function isSettled(view: OrderView): boolean {
  return busySteps(view).length === 0;
}

function busySteps(view: OrderView): OrderView['steps'] {
  return view.steps.filter(({ state }) => state === 'running' || state === 'undoing');
}

/** The order waits for a person in a status that no order of a log reaches, or it has ended. */
function isStuck(view: OrderView): boolean {
  const off = progress[view.status] === 'waits for a person';
  return isSettled(view) && (off || (isEnded(view.status) && view.returns.every(({ status }) => status === 'closed')));
}

function hasArrived(view: OrderView, { expected, messages }: OrderPlan): boolean {
  const returns = messages.some(({ kind }) => kind === 'return');
  return (
    view.status === expected.status &&
    isSettled(view) &&
    (expected.failure === undefined || view.failure?.code === expected.failure) &&
    (!returns || (view.returns.length > 0 && view.returns.every(({ status }) => status === 'closed')))
  );
}

function describeState(view: OrderView | undefined, { expected }: OrderPlan): string {
  const wanted = expected.failure === undefined ? expected.status : `${expected.status} (${expected.failure})`;
  if (!view) return `expected ${wanted}; the order cannot be read`;
  const failure = view.failure ? ` (${view.failure.code} at ${view.failure.step}: ${view.failure.message})` : '';
  const steps = busySteps(view)
    .map(({ id, state, attempts }) => `${id} ${state}, attempts: ${attempts}`)
    .join('; ');
  return `expected ${wanted}; is ${view.status}${failure}${steps === '' ? '' : `; ${steps}`}`;
}

/** Returns the refusal, if the order does not take the message in its present state. */
async function send(
  message: PlannedMessage,
  view: OrderView,
  context: PlayContext,
  plan: OrderPlan,
): Promise<HttpRejection | undefined> {
  const { http, feed, webhookSecrets } = context;
  const orderId = view.id;
  const post = async (path: string, key: string, body: unknown): Promise<HttpRejection | undefined> => {
    try {
      const answer = await http.send<OrderView>('api', 'POST', `/v1/orders/${orderId}${path}`, {
        headers: { authorization: `Bearer ${key}`, 'idempotency-key': `${plan.reference}${path}` },
        body,
      });
      feed.noteAnswer(answer.body);
      return undefined;
    } catch (error) {
      if (!(error instanceof HttpRejection) || error.status !== 409) throw error;
      return error;
    }
  };
  const hook = async (at: string, type: OutsideEvent['type'], data: OutsideEvent['data']): Promise<undefined> => {
    const id = [orderId, type, data.returnId].filter((part) => part !== undefined).join(':');
    await sendWebhook(http, webhookSecrets, { id, type, timestamp: at, data: { orderId, ...data } });
  };
  switch (message.kind) {
    case 'payment.succeeded':
      return hook(message.at, message.kind, { amount: message.amount, currency: view.currency });
    case 'shipment.dispatched':
      return hook(message.at, message.kind, {});
    case 'shipment.delivered':
      return hook(message.at, message.kind, { signedBy: message.signedBy });
    case 'shipment.returned':
      return hook(message.at, message.kind, { reason: message.reason });
    case 'cancel':
      return post('/cancel', context.shopKey, { reason: message.reason });
    case 'return':
      return post('/returns', context.shopKey, {
        lines: view.lines.map(({ sku, quantity }) => ({ sku, quantity })),
        reason: message.reason,
      });
    case 'return.received': {
      for (const { id, status } of view.returns) {
        if (status === 'requested' && context.operatorKey !== undefined) {
          const refusal = await post(`/returns/${id}/review`, context.operatorKey, { decision: 'approve' });
          if (refusal) return refusal;
        }
        await hook(message.at, message.kind, { returnId: id });
      }
      return undefined;
    }
  }
}
