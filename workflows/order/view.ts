import { defined } from '../../contracts/defined.js';
import { isEnded } from '../../contracts/statuses.js';
import { endStatusOf } from '../../contracts/failures.js';
import type { OrderView, ShipmentView, StepView } from '../../contracts/order.js';
import type { Command, OrderStatus, StepState } from '../../contracts/statuses.js';
import type { Order, Parcel } from './state.js';
import { measure } from '../engine/graph.js';
import type { StepFailure } from '../engine/walk.js';
import type { StepRun } from '../engine/step-run.js';

/** What of a run the view shows; a ProcessRun has it, and so has an order that nobody has begun yet. */
export interface Progress {
  steps: readonly StepRun[];
  stopping?: StepFailure | undefined;
  attention?: StepRun | undefined;
  ended: boolean;
  pivotPassed: boolean;
  /** The status before the stop: it stays while the undo runs. */
  statusBefore: OrderStatus;
}

const iso = (ms: number): string => new Date(ms).toISOString();

export function statusOf(order: Order, progress: Progress): OrderStatus {
  const { stopping, ended, attention, statusBefore } = progress;
  if (ended) return stopping ? endStatusOf(stopping.code) : 'completed';
  if (attention) return 'needs_attention';
  if (stopping) return statusBefore;
  // Where two steps wait, the status names the first of this order; `possible` has what both take.
  if (isWaiting(progress, 'resolveShortage')) return 'awaiting_customer';
  if (isWaiting(progress, 'review')) return 'awaiting_review';
  // Also while an attempt is under way: until it is authorized the order waits on.
  const paying = progress.steps.some((s) => s.id === 'authorizePayment' && s.isActive);
  if (isWaiting(progress, 'authorizePayment') || (paying && order.paysLater)) return 'awaiting_payment';
  if (!order.confirmed) return 'placed';
  if (order.allDelivered) return 'delivered';
  return order.anyDispatched ? 'shipping' : 'confirmed';
}

function isWaiting({ steps }: Progress, id: string): boolean {
  return steps.some((s) => s.id === id && s.state === 'waiting');
}

/** What the order's state allows: it goes by each step that waits, whatever status another step gives the order. */
export function possibleCommands(order: Order, status: OrderStatus, progress: Progress): Command[] {
  return allowedCommands(order, status, progress).filter((command) => order.takes(command));
}

/** What the order's state allows, however many commands it has taken. */
export function allowedCommands(order: Order, status: OrderStatus, progress: Progress): Command[] {
  // A notice that is still tried keeps the run open after the end.
  const resolvable = progress.steps.some((s) => s.isStuck || s.isSkippableWait);
  if (isEnded(status)) {
    return [...(resolvable ? ['resolve' as const] : []), ...(status === 'completed' ? ['return' as const] : [])];
  }
  // What another run has undone can only be abandoned; parcels that are out are received all the same.
  const going = !progress.stopping && !progress.steps.some((s) => s.canOnlyBeAbandoned);
  const possible: [Command, boolean][] = [
    ['cancel', going && !progress.pivotPassed],
    // One attempt at a time: who pays while another's is under way is told so.
    ['payment', going && isWaiting(progress, 'authorizePayment')],
    ['receipt', !progress.stopping && order.anyDispatched],
    ['decision', going && isWaiting(progress, 'resolveShortage')],
    ['review', going && isWaiting(progress, 'review')],
    ['resolve', resolvable],
    ['amend', going && !order.confirmed && !beingConfirmed(progress)],
  ];
  return possible.filter(([, is]) => is).map(([command]) => command);
}

/** From the start of confirmOrder on a change would miss what is being sold. */
function beingConfirmed(progress: Progress): boolean {
  return progress.steps.some((s) => s.id === 'confirmOrder' && s.isBegun);
}

/** @param now ms since the epoch, as the run sees it; `revision` is the book's, 0 until it has the view. */
export function orderView(order: Order, progress: Progress, now: number, revision: number): OrderView {
  const { input } = order;
  const placed = input.order;
  const status = statusOf(order, progress);
  const failure = progress.stopping ?? attentionFailure(progress.attention);
  const steps = progress.steps.map((s) => stepView(s, progress.steps));
  const endedAt = isEnded(status) ? endOf(progress.steps, now) : undefined;
  return {
    id: order.id,
    status,
    revision,
    customerId: placed.customerId,
    shopId: input.shopId,
    ...defined({ reference: placed.reference, metadata: placed.metadata }),
    currency: placed.currency,
    total: order.total,
    lines: order.lines,
    shippingFee: placed.shippingFee,
    adjustments: order.adjustments,
    shippingAddress: order.address,
    carrier: placed.carrier ?? 'simulated',
    ...defined({ email: placed.email }),
    payment: order.paymentView(),
    shipments: order.parcels
      .map(shipmentView)
      .sort((a, b) => (a.warehouse < b.warehouse ? -1 : a.warehouse > b.warehouse ? 1 : 0)),
    returns: [],
    process: { name: input.process.name, version: input.process.version },
    steps,
    ...defined({ failure }),
    possible: possibleCommands(order, status, progress),
    placedAt: input.placedAt,
    updatedAt: iso(now),
    ...(endedAt === undefined ? {} : { endedAt: iso(endedAt), timing: measure(progress.steps.map(measured)) }),
    ...(status === 'completed' ? { returnableUntil: iso(endedAt! + input.deadlines.returnWindowMs) } : {}),
  };
}

function attentionFailure(step: StepRun | undefined): StepFailure | undefined {
  return step?.failure && { ...step.failure, step: step.id };
}

/** When the last of the steps that the end stands on finished; leaves that settle later do not move it. */
function endOf(steps: readonly StepRun[], now: number): number {
  const finished = steps.flatMap((s) => (s.isOptional || s.finishedAt === undefined ? [] : [s.finishedAt]));
  return finished.length === 0 ? now : Math.max(...finished);
}

function measured(step: StepRun) {
  return {
    id: step.id,
    dependsOn: step.dependsOn,
    ...(step.branch ? { group: step.branch.group } : {}),
    ...defined({ startedAt: step.startedAt, finishedAt: step.finishedAt }),
  };
}

/** A fan-out is what its branches are: it runs while one of their steps does, and waits while they do nothing but wait. */
function stateOf(step: StepRun, all: readonly StepRun[]): StepState {
  if (step.state !== 'running' || !step.definition.fanOut) return step.state;
  return all.some((s) => s.branch?.group === step.id && s.state === 'running') ? 'running' : 'waiting';
}

function stepView(step: StepRun, all: readonly StepRun[]): StepView {
  const due = dueAt(step);
  return {
    id: step.id,
    dependsOn: [...step.dependsOn],
    ...(step.branch ? { group: step.branch.group } : {}),
    state: stateOf(step, all),
    ...(step.startedAt === undefined ? {} : { startedAt: iso(step.startedAt) }),
    ...(step.finishedAt === undefined || step.isActive ? {} : { finishedAt: iso(step.finishedAt) }),
    attempts: step.attempts,
    ...defined({ failure: step.failure }),
    ...(due === undefined ? {} : { dueAt: iso(due) }),
  };
}

/** A call of a few milliseconds is not overdue when a retry takes a second: half a minute is nobody's concern. */
const grace = 30_000;

function dueAt(step: StepRun): number | undefined {
  if (step.startedAt === undefined || !(step.isActive || step.state === 'undoing') || step.definition.fanOut) {
    return undefined;
  }
  return step.startedAt + step.definition.expectedMs + grace;
}

function shipmentView(parcel: Parcel): ShipmentView {
  const {
    share: _share,
    replaces: _replaces,
    captured: _captured,
    outBy: _outBy,
    abandoned: _abandoned,
    ...view
  } = parcel;
  return view;
}
