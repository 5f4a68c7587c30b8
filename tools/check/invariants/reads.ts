import { forEachOrder, type Invariant } from '../invariant.js';
import type { View } from '../observation.js';
import { hasLostTask, isEnded, type OrderFacts } from '../order-facts.js';
import { isAnsweredBlindly } from '../restarts.js';
import { inTurn, type Turn } from '../views-in-turn.js';

/** What readers see, one answer after the other. */

const readsGoForward: Invariant = forEachOrder({
  name: 'reads-go-forward',
  formula:
    'answer a was there before b was asked => an end stays; captured, refunded, attempts, commands’ effects and the way of each parcel do not go back (after a lost workflow task or a restart of the API: counted apart)',
  needs: ['answers'],
  verify: (order, verdict, context) => {
    for (const { before, answer } of inTurn(order.answers)) {
      // An answer of an older revision is a matter of revisions.
      if (!before || answer.view.revision < before.view.revision) continue;
      const what = contradiction(before.view, answer.view);
      if (what !== undefined && isAfterLostTask(order, before, answer)) {
        verdict.limited(order.id, what, 'after a lost task');
      } else if (what !== undefined && isAnsweredBlindly(context.observation, before, answer)) {
        verdict.limited(order.id, what, 'after a restart of the API');
      } else verdict.judge(order.id, what);
    }
  },
});

/**
 * A view is published before Temporal has the workflow task that made it. If that is lost, readers see an earlier state until the run has
 * come so far again.
 */
function isAfterLostTask(order: OrderFacts, before: Turn['answer'], answer: Turn['answer']): boolean {
  const madeAt = Date.parse(before.view.updatedAt);
  return (
    hasLostTask(order, madeAt, madeAt + 1.5 * taskTimeoutMs) ||
    hasLostTask(order, before.answeredAt - taskTimeoutMs, answer.answeredAt + taskTimeoutMs)
  );
}

/** Temporal gives up a workflow task whose worker is gone after this time, so its loss is written down later than it happened. */
const taskTimeoutMs = 10_000;

const ways = ['planned', 'booked', 'dispatched', 'delivered'];

function contradiction(before: View, after: View): string | undefined {
  if (isEnded(before.status) && after.status !== before.status) return `${after.status} after ${before.status}`;
  for (const sum of ['captured', 'refunded'] as const) {
    const [from, to] = [before.payment[sum], after.payment[sum]];
    if (to < from) return `${sum} ${to} after ${from}`;
  }
  if (after.payment.attempts.length < before.payment.attempts.length) return 'a payment attempt is gone';
  for (const parcel of before.shipments) {
    const now = after.shipments.find(({ id }) => id === parcel.id);
    const [from, to] = [ways.indexOf(parcel.status), now ? ways.indexOf(now.status) : -1];
    // A planned parcel may be planned anew. Lost, returned and cancelled parcels are at their end.
    if (from < 0 && now?.status !== parcel.status) {
      return `${parcel.id} is ${now?.status ?? 'gone'} after ${parcel.status}`;
    }
    if (from > 0 && !now) return `${parcel.id} is gone after ${parcel.status}`;
    if (from > 0 && to >= 0 && to < from) return `${parcel.id} is ${now!.status} after ${parcel.status}`;
  }
  const gone = before.returns.find(({ id }) => !after.returns.some((back) => back.id === id));
  return gone && `the return ${gone.id} is gone`;
}

export const reads = [readsGoForward];
