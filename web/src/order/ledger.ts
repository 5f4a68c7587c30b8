import { parcelShares } from '../../../contracts/money.js';
import type { OrderView } from '../../../contracts/order.js';
import { baseOf, parcelOf } from './graph-model.js';
import { isUndo, type StoryEvent } from './story.js';

/** The sums of an order's payment; minor units. */
export interface Balance {
  /** On hold. */
  authorized: number;
  captured: number;
  refunded: number;
}

interface Change {
  at: string;
  what: 'authorized' | 'declined' | 'returned' | 'captured' | 'refunded' | 'released' | 'other';
  /** Minor units; absent where no money moved, or where nobody says how much. */
  amount?: number;
  /** Rounded: the sum over all parcels is exact. */
  isAbout?: boolean;
  /** It happened then at the latest. */
  isBy?: boolean;
  /** The parcel, the return or the code that it is about. */
  about?: string;
}

/** One change of the order's money, and the sums after it. */
export interface LedgerEntry extends Change {
  after: Balance;
}

const nothing: Balance = { authorized: 0, captured: 0, refunded: 0 };

/**
 * The order's money, one entry for each change, oldest first. The history has the sums after each call of the payment service. Without it,
 * the entries are worked out from the view. What cannot be told apart stands in one last entry.
 */
export function ledgerOf(order: OrderView, events: readonly StoryEvent[]): LedgerEntry[] {
  const { payment, returns } = order;
  const isRecorded = events.some(({ balance }) => balance);
  const changes = [
    ...(isRecorded ? recorded(order, events) : workedOut(order)),
    // The history shows an authorization with its sum.
    ...payment.attempts
      .filter(({ outcome }) => outcome !== 'authorized')
      .map(({ at, outcome, code }): Change => ({ at, what: outcome, ...(code === undefined ? {} : { about: code }) })),
    // Returns have a run of their own, and the view does not say when it refunded them.
    ...returns
      .filter(({ refunded }) => refunded > 0)
      .map(({ id, refunded }): Change => ({
        at: order.updatedAt,
        what: 'refunded',
        amount: refunded,
        about: id,
        isBy: true,
      })),
  ].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const entries = withSums(changes);
  const { captured, refunded } = entries.at(-1)?.after ?? nothing;
  const missing = payment.captured - captured - (payment.refunded - refunded);
  if (missing === 0) return entries;
  const { authorized } = payment;
  const after = { authorized, captured: payment.captured, refunded: payment.refunded };
  return [...entries, { at: order.endedAt ?? order.updatedAt, what: 'other', amount: missing, after }];
}

/** The sums after all entries up to that moment. */
export function balanceAt(entries: readonly LedgerEntry[], at: string): Balance {
  return entries.findLast((entry) => entry.at <= at)?.after ?? nothing;
}

/** The changes between the sums that the history records. */
function recorded({ steps }: OrderView, events: readonly StoryEvent[]): Change[] {
  const finished = new Map(steps.map(({ id, finishedAt }) => [id, finishedAt]));
  let before = nothing;
  return events.flatMap((event) => {
    const { step, balance } = event;
    if (!balance) return [];
    // Temporal records a short call only when its workflow task ends; the step may have ended before.
    const end = isUndo(event) ? undefined : finished.get(step ?? '');
    const at = end !== undefined && end < event.time ? end : event.time;
    const captured = balance.captured - before.captured;
    // A capture takes from what is on hold.
    const held = balance.authorized - before.authorized + captured;
    const amounts = [
      ['authorized', held],
      ['captured', captured],
      ['released', -held],
      ['refunded', balance.refunded - before.refunded],
    ] as const;
    before = balance;
    const parcel = step && parcelOf(step);
    return amounts
      .filter(([, amount]) => amount > 0)
      .map(([what, amount]): Change => ({ at, what, amount, ...(parcel ? { about: parcel } : {}) }));
  });
}

/** The changes as far as the view tells them. */
function workedOut(order: OrderView): Change[] {
  const { payment, total, shipments, steps } = order;
  const changes = payment.attempts
    .filter(({ outcome }) => outcome === 'authorized')
    .map(({ at }): Change => ({ at, what: 'authorized', amount: total }));
  const shares = sharesOf(order);
  for (const step of steps) {
    const parcel = parcelOf(step.id);
    const share = parcel === undefined ? undefined : shares.get(parcel);
    if (step.state !== 'done' || step.finishedAt === undefined || parcel === undefined || !share) continue;
    const { status } = shipments.find(({ id }) => id === parcel) ?? {};
    const about = { at: step.finishedAt, about: parcel, ...share };
    if (baseOf(step.id) === 'capturePayment') changes.push({ ...about, what: 'captured' });
    if (baseOf(step.id) === 'recoverParcel' && !isReplaced(parcel, shipments) && status !== 'delivered') {
      changes.push({ ...about, what: 'refunded' });
    }
  }
  if (payment.status === 'voided') {
    changes.push({ at: order.endedAt ?? order.updatedAt, what: 'released', amount: total });
  }
  return changes;
}

const isReplaced = (parcel: string, shipments: OrderView['shipments']): boolean =>
  shipments.some(({ id }) => id !== parcel && id.startsWith(`${parcel}-`));

/** What each parcel costs. A replacement costs nothing: its original was paid for. */
function sharesOf(order: OrderView): Map<string, { amount: number; isAbout?: boolean }> {
  const originals = order.shipments.filter(
    ({ id }) => !order.shipments.some((other) => other.id !== id && id.startsWith(`${other.id}-`)),
  );
  const forwards = parcelShares(order, originals);
  // The first parcel takes the remainder, and the view does not say which was the first.
  const backwards = parcelShares(order, [...originals].reverse()).reverse();
  return new Map(
    originals.map(({ id }, index) => [
      id,
      { amount: forwards[index]!, ...(forwards[index] === backwards[index] ? {} : { isAbout: true }) },
    ]),
  );
}

function withSums(changes: readonly Change[]): LedgerEntry[] {
  let { authorized, captured, refunded } = nothing;
  return changes.map((change) => {
    const { what, amount = 0 } = change;
    if (what === 'authorized') authorized += amount;
    if (what === 'captured') captured += amount;
    if (what === 'refunded') refunded += amount;
    if (what === 'captured' || what === 'released') authorized = Math.max(0, authorized - amount);
    return { ...change, after: { authorized, captured, refunded } };
  });
}
