import { dueOf, sharesOf, sum } from '../amounts.js';
import { forEachOrder, type Invariant } from '../invariant.js';
import type { ReturnView, View } from '../observation.js';
import {
  endOf,
  hasLeft,
  isEnded,
  isSuccess,
  lastViewOf,
  returnsOf,
  wasResolved,
  type OrderFacts,
} from '../order-facts.js';

/** What customers pay and get back. */

type Operation = OrderFacts['operations'][number];

const chargedOnce: Invariant = forEachOrder({
  name: 'charged-once',
  formula: 'captures(parcel) <= 1; refunds(parcel, return or order) <= 1',
  needs: ['payment'],
  verify: ({ id, operations }, verdict) => {
    if (operations.length === 0) return;
    const seen = new Set<string>();
    let twice: string | undefined;
    for (const { kind, subject = '', amount } of operations) {
      if (kind !== 'capture' && kind !== 'refund') continue;
      const name = `${kind} of ${subject}`;
      if (seen.has(name)) twice ??= `a second ${name}: ${amount}`;
      seen.add(name);
    }
    verdict.judge(id, twice);
  },
});

const capturedAfterDispatch: Invariant = forEachOrder({
  name: 'captured-after-dispatch',
  formula: 'at(capture of parcel) >= at(first news that it left, or the decision of an operator)',
  needs: ['payment', 'shipping'],
  verify: (order, verdict) => {
    for (const { kind, subject = '', at } of order.operations) {
      if (kind !== 'capture') continue;
      const left = leftAt(order, subject);
      if (left !== undefined) {
        verdict.judge(order.id, left <= at ? undefined : `${subject} was captured ${left - at} ms before it left`);
      } else if (isNewsObserved(order)) {
        verdict.violated(order.id, `${subject} was captured, and nobody said that it left`);
      } else verdict.cannotTell(order.id, `when ${subject} left was not observed`);
    }
  },
});

/** When somebody first said that a parcel is out of the house. */
function leftAt(order: OrderFacts, shipmentId: string): number | undefined {
  let first: number | undefined;
  const note = (at: number) => (first = first === undefined ? at : Math.min(first, at));
  const isMeant = (id: unknown) => id === undefined || id === shipmentId;
  for (const event of order.carrierEvents) if (event.shipmentId === shipmentId) note(event.at);
  for (const run of order.orderRuns) {
    for (const { name, shipmentId: id, at } of run.signals ?? []) {
      if (name.startsWith('shipment.') && isMeant(id)) note(at);
    }
    for (const { name, at } of run.updates ?? []) if (name === 'resolve') note(at);
  }
  for (const { kind, name = '', status, sent, askedAt } of order.answers) {
    if (kind === 'command' && name === 'resolve') note(askedAt);
    if (kind !== 'webhook' || !name.startsWith('shipment.') || (status !== undefined && !isSuccess(status))) continue;
    if (isMeant((sent as { shipmentId?: string } | undefined)?.shipmentId)) note(askedAt);
  }
  for (const call of order.calls) {
    if (call.operation === 'cancel' && call.answer === 'dispatched' && call.step.endsWith(shipmentId)) note(call.at);
  }
  return first;
}

function isNewsObserved({ orderRuns, answers }: OrderFacts): boolean {
  return answers.length > 0 || orderRuns.some((run) => run.signals !== undefined);
}

const chargedItsShare: Invariant = forEachOrder({
  name: 'charged-its-share',
  formula:
    'captured(parcel) = price of its lines + its part of fee and adjustments by value, toward zero; the first parcel takes the rest: sum = total',
  needs: ['payment', 'inventory'],
  verify: (order, verdict) => {
    const captures = order.operations.filter(({ kind }) => kind === 'capture');
    if (captures.length === 0) return;
    const view = lastViewOf(order);
    if (!view) return verdict.cannotTell(order.id, 'nobody has its view, so its prices are not known');
    const parcels = paidParcels(order, view);
    const shares = sharesOf(view, parcels);
    for (const { subject, amount } of captures) {
      const index = parcels.findIndex(({ id }) => id === subject);
      const share = shares[index];
      // A lost workflow task planned and charged this parcel. The open run has not planned it again yet.
      if (index < 0 && !isEnded(view.status) && order.orderRuns.some(({ lostTasks = [] }) => lostTasks.length > 0)) {
        verdict.cannotTell(order.id, `${subject}: its run lost the task that planned it, and is not that far again`);
        continue;
      }
      verdict.judge(
        order.id,
        share === amount
          ? undefined
          : `${subject}: captured ${amount}, its share is ${share ?? 'none: no such parcel'}`,
      );
    }
  },
});

/** The parcels that have a share of the total, in the order of their warehouses. A replacement has none: the lost one was paid for. */
function paidParcels(order: OrderFacts, view: View): View['shipments'] {
  const replacements = replacementsOf(order);
  return view.shipments
    .filter(({ id }) => !replacements.has(id))
    .sort((a, b) => (a.warehouse < b.warehouse ? -1 : a.warehouse > b.warehouse ? 1 : 0));
}

/** The lost parcel, by the id of its replacement. */
function replacementsOf({ pieces }: OrderFacts): Map<string, string> {
  const lost = new Map<string, string>();
  for (const { shipmentId, replaces } of pieces) if (replaces !== undefined) lost.set(shipmentId, replaces);
  return lost;
}

const keptAsItEnded: Invariant = forEachOrder({
  name: 'paid-as-it-ended',
  formula:
    'order ended => captured - refunded (without returns) = sum of what was captured for parcels that the customer has or gets; each of them was captured',
  needs: ['payment', 'inventory'],
  verify: (order, verdict) => {
    const view = endOf(order);
    if (!view) return;
    const returnIds = new Set(returnsOf(order).map(({ id }) => id));
    const refunded = sumOf(order.operations, (one) => one.kind === 'refund' && !returnIds.has(one.subject ?? ''));
    const reached = reachedCustomer(order, view);
    const due = sumOf(order.operations, (one) => one.kind === 'capture' && !reached.has(one.subject ?? ''));
    if (refunded !== due) {
      if (wasDecidedOn(order, view)) return verdict.cannotTell(order.id, 'an operator decided about its money');
      return verdict.violated(order.id, `${view.status}: refunded ${refunded}, due is ${due} for what did not arrive`);
    }
    const captured = new Set(order.operations.filter(({ kind }) => kind === 'capture').map(({ subject }) => subject));
    const free = [...reached].find((id) => !captured.has(id));
    if (free === undefined) return verdict.holds();
    if (wasDecidedOn(order, view)) return verdict.cannotTell(order.id, 'an operator decided about its money');
    verdict.violated(order.id, `the customer has ${free}, which was never captured`);
  },
});

/** Parcels, as they were paid for, whose goods the customer has or gets: themselves or their replacements. */
function reachedCustomer(order: OrderFacts, view: View): Set<string> {
  const replacements = replacementsOf(order);
  const reached = new Set<string>();
  for (const { id, status } of view.shipments) {
    if (status !== 'dispatched' && status !== 'delivered') continue;
    let paid = id;
    for (let lost = replacements.get(paid); lost !== undefined; lost = replacements.get(paid)) paid = lost;
    reached.add(paid);
  }
  return reached;
}

/** Whether an operator has given up a step that moves money, or the whole order after some of it had left. */
function wasDecidedOn(order: OrderFacts, view: View): boolean {
  return wasResolved(order) && view.shipments.some(hasLeft);
}

const returnsPaidBack: Invariant = forEachOrder({
  name: 'returns-paid-back',
  formula:
    'sum of refunds of the closed returns = price of all pieces received + their part of the adjustments, toward zero; all that was paid when all is back',
  needs: ['payment'],
  verify: (order, verdict) => {
    const returns = returnsOf(order);
    if (returns.length === 0) return;
    const view = endOf(order);
    if (!view) return verdict.cannotTell(order.id, 'it has returns, and nobody has its last view');
    const received = returns.filter(({ status }) => status === 'received' || status === 'closed');
    if (received.some(({ status }) => status === 'received')) {
      return verdict.cannotTell(order.id, 'a return is received, and not closed yet');
    }
    const ids = new Set(returns.map(({ id }) => id));
    const refunds = order.operations.filter(({ kind }) => kind === 'refund');
    const begun = refunds.filter((one) => wasCutOff(order, returns, one));
    const refunded = sumOf(refunds, (one) => ids.has(one.subject ?? '') && !begun.includes(one));
    const forParcels = sumOf(refunds, ({ subject }) => !ids.has(subject ?? ''));
    const captured = sumOf(order.operations, ({ kind }) => kind === 'capture');
    const delivered = view.shipments.filter(({ status }) => status === 'delivered').flatMap(({ lines }) => lines);
    const lines = received.flatMap((each) => each.lines);
    const due = lines.length === 0 ? 0 : dueOf(view, delivered, lines, captured - forParcels);
    if (begun.length > 0 && refunded === due) {
      return verdict.cannotTell(order.id, 'its returns were terminated while a refund was under way');
    }
    verdict.judge(
      order.id,
      refunded === due ? undefined : `${received.length} returns were refunded ${refunded}, due is ${due}`,
    );
  },
});

/**
 * Whether a return was refunded by a run that was terminated before it could say so. The return is open until its next run repeats the
 * refund, with the same key.
 */
function wasCutOff({ returnRuns }: OrderFacts, returns: readonly ReturnView[], { subject, at }: Operation): boolean {
  const back = returns.find(({ id }) => id === subject);
  if (back?.status !== 'requested' && back?.status !== 'approved') return false;
  const before = returnRuns.filter(({ startedAt }) => startedAt <= at).sort((a, b) => a.startedAt - b.startedAt);
  return before.at(-1)?.status === 'terminated';
}

const ledgerAddsUp: Invariant = forEachOrder({
  name: 'ledger-adds-up',
  formula:
    'captured = sum(captures); refunded = sum(refunds) <= captured; sum(authorizations) = held + captured + sum(voids and releases)',
  needs: ['payment'],
  verify: ({ id, payments, authorizations, operations }, verdict) => {
    const [payment] = payments;
    if (!payment && operations.length === 0) return;
    if (!payment || payments.length > 1) return verdict.violated(id, `${payments.length} rows for one payment`);
    const { captured, refunded } = payment;
    // What came and went at once has a currency of its own, and is in no sum.
    const own = operations.filter(({ currency }) => currency === undefined);
    const sumOfKind = (kind: Operation['kind']) => sumOf(own, (one) => one.kind === kind);
    const held = sum(authorizations.map((each) => each.held));
    const authorized = sum(authorizations.map((each) => each.amount));
    const released = sumOfKind('void') + sumOfKind('release');
    const pairs: [string, number, number][] = [
      ['captured', captured, sumOfKind('capture')],
      ['refunded', refunded, sumOfKind('refund')],
      ['authorized', authorized, sumOfKind('authorize')],
      ['authorized', authorized, held + captured + released],
    ];
    const wrong = pairs.find(([, stored, added]) => stored !== added);
    if (wrong) verdict.violated(id, `${wrong[0]} ${wrong[1]}, its operations add up to ${wrong[2]}`);
    else verdict.judge(id, refunded <= captured ? undefined : `refunded ${refunded} of ${captured}`);
  },
});

const lateMoneyReturned: Invariant = forEachOrder({
  name: 'late-money-returned',
  formula: 'for each payment that an order could not use: what came = what was given back',
  needs: ['payment'],
  verify: ({ id, operations }, verdict) => {
    const open = new Map<string, number>();
    for (const { kind, amount, subject = '', currency } of operations) {
      if (currency === undefined || (kind !== 'authorize' && kind !== 'void')) continue;
      open.set(subject, (open.get(subject) ?? 0) + (kind === 'authorize' ? amount : -amount));
    }
    for (const [subject, amount] of open) {
      verdict.judge(id, amount === 0 ? undefined : `${amount} of the payment ${subject} were kept`);
    }
  },
});

const shownAsPaid: Invariant = forEachOrder({
  name: 'shown-as-paid',
  formula:
    'order ended => its view and the payment service have the same held, captured and refunded (without returns)',
  needs: ['payment'],
  verify: (order, verdict) => {
    const view = endOf(order);
    if (!view) return;
    const { payment } = view;
    const shown: Sums = {
      held: payment.authorized,
      captured: payment.captured,
      refunded: payment.refunded - sum(view.returns.map((each) => each.refunded)),
    };
    const returnIds = new Set(returnsOf(order).map(({ id }) => id));
    const isOwn = ({ currency, kind, subject = '' }: Operation) =>
      currency === undefined && !(kind === 'refund' && returnIds.has(subject));
    const own = order.operations.filter(isOwn);
    const stored: Sums = {
      held: sum(order.authorizations.map((each) => each.held)),
      captured: sumOf(own, ({ kind }) => kind === 'capture'),
      refunded: sumOf(own, ({ kind }) => kind === 'refund'),
    };
    if (isSame(shown, stored)) verdict.holds();
    else if (isMissedByGivenUp(order, view, shown, stored, own)) {
      verdict.cannotTell(order.id, 'an operator gave up a step, and never saw what its call had done');
    } else verdict.violated(order.id, `shown: ${inWords(shown)}; stored: ${inWords(stored)}`);
  },
});

interface Sums {
  held: number;
  captured: number;
  refunded: number;
}

function isSame(a: Sums, b: Sums): boolean {
  return a.held === b.held && a.captured === b.captured && a.refunded === b.refunded;
}

function inWords({ held, captured, refunded }: Sums): string {
  return `held ${held}, captured ${captured}, refunded ${refunded}`;
}

/**
 * Whether the view lacks only the last operations, and all of them are calls of steps that an operator gave up. Such a call was not
 * answered, and can take effect even after the end of the order.
 */
function isMissedByGivenUp(
  order: OrderFacts,
  view: View,
  shown: Sums,
  stored: Sums,
  own: readonly Operation[],
): boolean {
  if (!wasResolved(order)) return false;
  const givenUp = view.steps.filter(({ state }) => state === 'failed' || state === 'skipped');
  const keys = givenUp.map(({ id }) => `${order.id}:${id}:`);
  const before = { ...stored };
  for (const { kind, amount, key } of own.toReversed()) {
    if (!keys.some((start) => key.startsWith(start))) return false;
    if (kind === 'authorize') before.held -= amount;
    else if (kind === 'refund') before.refunded -= amount;
    else before.held += amount;
    if (kind === 'capture') before.captured -= amount;
    if (isSame(shown, before)) return true;
  }
  return false;
}

function sumOf(operations: readonly Operation[], isMeant: (operation: Operation) => boolean): number {
  let total = 0;
  for (const one of operations) if (isMeant(one)) total += one.amount;
  return total;
}

export const money = [
  chargedOnce,
  capturedAfterDispatch,
  chargedItsShare,
  keptAsItEnded,
  returnsPaidBack,
  ledgerAddsUp,
  lateMoneyReturned,
  shownAsPaid,
];
