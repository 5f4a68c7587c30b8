import { forEachOrder, judgeMoving, type Context, type Invariant, type Verdict } from '../invariant.js';
import type { Run, StepView, View } from '../observation.js';
import { endOf, isEnded, isOpen, isSuccess, lastRunOf, lastViewOf } from '../order-facts.js';

/** Orders and their runs. */

const placedOnce: Invariant = forEachOrder({
  name: 'placed-once',
  formula: 'order answered 2xx => runs(order) >= 1; run(order) => somebody has asked for the order',
  needs: ['answers', 'runs'],
  verify: ({ id, answers, orderRuns }, verdict, { observation }) => {
    const begun = orderRuns.filter((run) => run.continues === undefined).length;
    const places = answers.filter((answer) => answer.kind === 'place');
    const accepted = places.some(({ status }) => isSuccess(status));
    if (accepted) verdict.judge(id, begun > 0 ? undefined : 'answered 2xx, and has no run');
    else if (begun > 0 && places.length > 0) verdict.holds();
    else if (begun > 0) {
      // A caller without an answer may not know the id of what it has placed.
      const isLost = observation.answers!.some((one) => one.kind === 'place' && one.orderId === undefined);
      if (isLost) verdict.cannotTell(id, 'it has a run; its placing may be one of those without an answer');
      else verdict.violated(id, 'it has a run, and nobody placed it');
    }
  },
});

const oneRun: Invariant = forEachOrder({
  name: 'one-run',
  formula: 'runs(order) <= 1, without those that continue another one; open runs(order) <= 1',
  needs: ['runs'],
  verify: ({ id, orderRuns, book }, verdict) => {
    const begun = orderRuns.filter((run) => run.continues === undefined).length;
    const open = orderRuns.filter(isOpen).length;
    if (begun === 0 && book?.view) {
      return verdict.cannotTell(id, 'the book has it, and Temporal has no run of it any more');
    }
    if (begun === 0 && orderRuns.length === 0) return;
    verdict.judge(id, begun <= 1 && open <= 1 ? undefined : `${begun} runs, ${open} of them open`);
  },
});

const endedOrWaiting: Invariant = forEachOrder({
  name: 'ended-or-waiting',
  formula:
    'status in (completed, cancelled, failed), or a step is `waiting`, or it is `needs_attention` and takes `resolve`; else it moves on within the bound',
  needs: ['runs'],
  verify: (order, verdict, context) => {
    const run = lastRunOf(order);
    if (!run) return;
    if (waitsForAbandon(run)) return verdict.holds();
    const view = lastViewOf(order);
    if (!view) return judgeMoving(order.id, 'nobody has its view', verdict, context);
    if (isEnded(view.status)) return verdict.holds();
    if (!isOpen(run)) return verdict.violated(order.id, `its run is ${run.status}, and it is ${view.status}`);
    const at = standstill(view);
    if (at === undefined) return verdict.holds();
    judgeMoving(order.id, `${view.status}: ${at}`, verdict, context);
  },
});

/** Its run was ended from outside, or the one that was to settle it has failed: it waits for an operator, who abandons it. */
function waitsForAbandon({ type, status }: Run): boolean {
  return status === 'terminated' || status === 'timed_out' || (type === 'settleOrder' && status === 'failed');
}

/** What an open order does instead of waiting for somebody. Undefined if it waits. */
function standstill({ status, steps, possible, failure }: View): string | undefined {
  if (status === 'needs_attention') {
    return possible.includes('resolve') ? undefined : `needs_attention by ${failure?.code}, which takes no command`;
  }
  const groups = new Set(steps.map((step) => step.group));
  const busy = steps.find(({ id, state }) => (state === 'running' || state === 'undoing') && !groups.has(id));
  if (busy) return `${busy.id} is ${busy.state}`;
  return steps.some(({ state }) => state === 'waiting') ? undefined : 'no step is running or waiting';
}

const deadlineKept: Invariant = forEachOrder({
  name: 'deadline-kept',
  formula:
    'step waits => now <= startedAt(step) + deadline(step) + bound; order ended by a deadline => finishedAt(step) >= startedAt(step) + deadline(step)',
  needs: ['runs'],
  verify: (order, verdict, context) => {
    const run = order.orderRuns.at(-1);
    const view = run?.view;
    if (!run || !view) return;
    for (const step of view.steps) {
      const deadline = deadlineOf[step.id];
      if (!deadline || step.startedAt === undefined) continue;
      const endedByIt = view.failure?.code === codeOf[deadline] && view.failure?.step === step.id;
      if (!endedByIt && (!isOpen(run) || step.state !== 'waiting')) continue;
      if (!run.deadlines) {
        verdict.cannotTell(order.id, `${step.id}: the deadlines of its run were not observed`);
        continue;
      }
      const due = Date.parse(step.startedAt) + run.deadlines[deadline];
      if (endedByIt) judgeEnd(order.id, step, due, verdict);
      else if (view.status === (statusOf[deadline] ?? view.status)) judgeWait(order.id, step, due, verdict, context);
      else verdict.holds();
    }
  },
});

function judgeEnd(orderId: string, { id, finishedAt }: StepView, due: number, verdict: Verdict): void {
  if (finishedAt === undefined) {
    return verdict.cannotTell(orderId, `${id}: when its deadline passed is not in the view`);
  }
  const early = Math.round((due - Date.parse(finishedAt)) / 1000);
  verdict.judge(orderId, early > 0 ? `${id} was ended by its deadline ${early} s before it` : undefined);
}

function judgeWait(orderId: string, { id }: StepView, due: number, verdict: Verdict, context: Context): void {
  const { at, settledForMs = 0 } = context.observation;
  const late = at - due;
  if (late <= context.boundMs) verdict.holds();
  // While faults go on, a deadline may pass unseen: nobody is there to see it.
  else if (settledForMs < context.boundMs) {
    verdict.cannotTell(orderId, `${id} waits past its deadline, while faults go on`);
  } else verdict.violated(orderId, `${id} waits ${Math.round(late / 1000)} s past its deadline`);
}

type Deadline = keyof NonNullable<Run['deadlines']>;

const deadlineOf: Partial<Record<string, Deadline>> = {
  authorizePayment: 'paymentMs',
  review: 'reviewMs',
  resolveShortage: 'decisionMs',
  signForDelivery: 'autoSignMs',
};

/** The status in which the deadline runs; unset for any. */
const statusOf: Partial<Record<Deadline, string>> = {
  paymentMs: 'awaiting_payment',
  reviewMs: 'awaiting_review',
  decisionMs: 'awaiting_customer',
};

/** The failure of an order that a deadline ended. */
const codeOf: Partial<Record<Deadline, string>> = {
  paymentMs: 'payment_deadline',
  reviewMs: 'review_deadline',
  decisionMs: 'customer_deadline',
};

const runAsItsOrder: Invariant = forEachOrder({
  name: 'run-as-its-order',
  formula:
    'order ended => its run is closed within the bound: Completed for completed and cancelled, Failed with type = failure.code for failed',
  needs: ['runs'],
  verify: (order, verdict, context) => {
    const run = lastRunOf(order);
    const view = endOf(order);
    if (!run || !view) return;
    if (isOpen(run)) return judgeMoving(order.id, `it is ${view.status}, and its run is open`, verdict, context);
    if (waitsForAbandon(run)) return verdict.holds();
    const wanted = view.status === 'failed' ? `failed ${view.failure?.code}` : 'completed';
    const found = run.status === 'failed' ? `failed ${run.failure}` : run.status;
    verdict.judge(order.id, wanted === found ? undefined : `it is ${view.status}: its run is ${found}, not ${wanted}`);
  },
});

export const runs = [placedOnce, oneRun, endedOrWaiting, deadlineKept, runAsItsOrder];
