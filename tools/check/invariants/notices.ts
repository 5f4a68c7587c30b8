import { forEachOrder, type Invariant } from '../invariant.js';
import type { StepView, View } from '../observation.js';
import { hasLeft, hasLostTask, isEnded, lastViewOf, type Call, type OrderFacts } from '../order-facts.js';

/** What customers are told. */

const toldOnce: Invariant = forEachOrder({
  name: 'told-once',
  formula: 'notices(order, event, subject) <= 1',
  needs: ['notification'],
  verify: ({ id, notices }, verdict) => {
    const seen = new Set<string>();
    for (const { event, subject } of notices) {
      const name = `${event} ${subject}`.trim();
      verdict.judge(id, seen.has(name) ? `told twice: ${name}` : undefined);
      seen.add(name);
    }
  },
});

/** The event of each step that tells something. The subject is the parcel or the return behind the colon. */
const eventOf: Readonly<Record<string, string>> = {
  notifyConfirmed: 'confirmed',
  notifyShipped: 'shipped',
  notifyDelivered: 'delivered',
  notifyCompleted: 'completed',
  notifyDecisionNeeded: 'decision_needed',
  notifyPaymentNeeded: 'payment_needed',
  notifyRefunded: 'refunded',
};

const toldWhatHappened: Invariant = forEachOrder({
  name: 'told-what-happened',
  formula:
    'step that tells is done => its notice is stored; order ended by its own run => what its notices say of its end, its confirmation and its parcels happened (after a lost workflow task: counted apart)',
  needs: ['notification'],
  verify: (order, verdict) => {
    const view = lastViewOf(order);
    if (!view) {
      if (order.notices.length > 0) verdict.cannotTell(order.id, 'nobody has its view');
      return;
    }
    for (const step of view.steps) {
      const missing = step.state === 'done' && isMissing(step, view, order);
      if (missing) verdict.violated(order.id, `${step.id} is done, and no notice ${missing} is stored`);
      else verdict.holds();
    }
    // An open run may not know yet what it has told in a task that was lost with its worker, and one that was ended never will.
    if (!isEnded(view.status) || order.settleRuns.length > 0) return;
    for (const { event, subject } of order.notices) {
      if (happened(event, subject, view)) continue;
      const what = `told ${event} ${subject}: it is ${view.status}`;
      const toldAt = order.calls.find((call) => tells(call, event, subject))?.at;
      if (toldAt !== undefined && hasLostTask(order, toldAt, toldAt + longestTaskMs)) {
        verdict.limited(order.id, what, 'after a lost task');
      } else verdict.violated(order.id, what);
    }
  },
});

/** A workflow task that tells something is lost within this time, or not at all. */
const longestTaskMs = 10_000;

function tells({ operation, step }: Call, event: string, subject: string): boolean {
  const [name = '', ...rest] = step.split(':');
  const isOfEvent = name === 'notifyEnded' ? isEnded(event) : eventOf[name] === event;
  return operation === 'notify' && isOfEvent && rest.join(':') === subject;
}

function isMissing({ id }: StepView, view: View, { notices }: OrderFacts): string | undefined {
  const [name = '', ...rest] = id.split(':');
  const event = name === 'notifyEnded' ? view.status : eventOf[name];
  if (event === undefined) return undefined;
  const subject = rest.join(':');
  return notices.some((one) => one.event === event && one.subject === subject)
    ? undefined
    : `${event} ${subject}`.trim();
}

function happened(event: string, subject: string, { status, steps, shipments, failure }: View): boolean {
  switch (event) {
    case 'completed':
    case 'cancelled':
    case 'failed':
      // The notice goes out while the order ends.
      return status === event || (event !== 'completed' && failure !== undefined);
    case 'confirmed':
      return steps.some(({ id, state }) => id === 'confirmOrder' && (state === 'done' || isTakenBack(state)));
    case 'shipped':
      return shipments.some((parcel) => parcel.id === subject && hasLeft(parcel));
    default:
      return true;
  }
}

function isTakenBack(state: string): boolean {
  return state === 'undoing' || state === 'undone';
}

export const notices = [toldOnce, toldWhatHappened];
