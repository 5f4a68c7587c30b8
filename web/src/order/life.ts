import { parcelShares } from '../../../contracts/money.js';
import type { OrderView, StepView } from '../../../contracts/order.js';
import { baseOf, parcelOf } from './graph-model.js';

/** The life of an order from what its view says: the moments at which something changed, and how it stood at each. */

/** One change of the order's money. */
export interface LedgerEntry {
  at: string;
  what: 'authorized' | 'declined' | 'returned' | 'captured' | 'refunded' | 'released' | 'other';
  /** Minor units; absent where the view does not say. */
  amount?: number;
  /** Rounded: the sum over all parcels is exact. */
  isAbout?: boolean;
  /** The parcel, the return or the code that it is about. */
  about?: string;
}

export interface Balance {
  authorized: number;
  captured: number;
  refunded: number;
}

/** The times at which something happened, oldest first. */
export function momentsOf(order: OrderView): string[] {
  const times = new Set([
    order.placedAt,
    ...order.steps.flatMap(({ startedAt, finishedAt }) => [startedAt, finishedAt]),
    ...order.payment.attempts.map(({ at }) => at),
    ...order.shipments.flatMap(({ dispatchedAt, deliveredAt }) => [dispatchedAt, deliveredAt]),
    ...order.returns.map(({ requestedAt }) => requestedAt),
    order.endedAt,
  ]);
  // A carrier reports what happened earlier, even before the order in its own clock.
  return [...times].filter((time): time is string => time !== undefined && time >= order.placedAt).sort();
}

/** The steps as they stood at that moment. @param waits whether the step is one that waits for somebody */
export function stepsAt(order: OrderView, at: string, waits: (stepId: string) => boolean): StepView[] {
  return order.steps.map((step) => stepAt(step, at, waits(step.id)));
}

function stepAt(step: StepView, at: string, waits: boolean): StepView {
  const { id, dependsOn, group, startedAt, finishedAt, state } = step;
  const bare = { id, dependsOn, ...(group === undefined ? {} : { group }), attempts: 0 };
  if (state === 'pending' || (startedAt ?? finishedAt ?? '9') > at) return { ...bare, state: 'pending' };
  if (finishedAt === undefined || finishedAt > at) {
    return { ...bare, state: waits ? 'waiting' : 'running', ...(startedAt === undefined ? {} : { startedAt }) };
  }
  // When an undo took place is not in the view: it comes last, with the order as it is.
  return state === 'undone' || state === 'undoing' ? { ...step, state: 'done' } : step;
}

/** The order's money, one line for each change. What the view cannot tell apart stands in one last line. */
export function ledgerOf(order: OrderView): LedgerEntry[] {
  const { payment, total, shipments, returns, steps } = order;
  const entries: LedgerEntry[] = payment.attempts.map(({ at, outcome, code }) => ({
    at,
    what: outcome,
    ...(outcome === 'authorized' ? { amount: total } : {}),
    ...(code === undefined ? {} : { about: code }),
  }));
  const shares = sharesOf(order);
  for (const step of steps) {
    const parcel = parcelOf(step.id);
    const share = parcel === undefined ? undefined : shares.get(parcel);
    if (step.state !== 'done' || step.finishedAt === undefined || parcel === undefined || !share) continue;
    const { status } = shipments.find(({ id }) => id === parcel) ?? {};
    const about = { at: step.finishedAt, about: parcel, ...share };
    if (baseOf(step.id) === 'capturePayment') entries.push({ ...about, what: 'captured' });
    if (baseOf(step.id) === 'recoverParcel' && !isReplaced(parcel, shipments) && status !== 'delivered') {
      entries.push({ ...about, what: 'refunded' });
    }
  }
  for (const { id, refunded, requestedAt } of returns) {
    if (refunded > 0) entries.push({ at: requestedAt, what: 'refunded', amount: refunded, about: id });
  }
  const last = order.endedAt ?? order.updatedAt;
  if (payment.status === 'voided') entries.push({ at: last, what: 'released', amount: total });
  entries.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const { captured, refunded } = balanceAt(entries, '9');
  const missing = payment.captured - captured - (payment.refunded - refunded);
  if (missing !== 0) entries.push({ at: last, what: 'other', amount: missing });
  return entries;
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

/** The sums after all entries up to that moment. */
export function balanceAt(entries: readonly LedgerEntry[], at: string): Balance {
  const balance = { authorized: 0, captured: 0, refunded: 0 };
  for (const { at: when, what, amount = 0 } of entries) {
    if (when > at) continue;
    if (what === 'authorized') balance.authorized += amount;
    if (what === 'released') balance.authorized = 0;
    if (what === 'captured') {
      balance.captured += amount;
      balance.authorized = Math.max(0, balance.authorized - amount);
    }
    if (what === 'refunded') balance.refunded += amount;
  }
  return balance;
}
