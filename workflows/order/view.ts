import { defined } from '../../contracts/defined.js';
import { endStatusOf } from '../../contracts/failures.js';
import type { OrderView, ShipmentView, StepView } from '../../contracts/order.js';
import { commands, isEnded } from '../../contracts/statuses.js';
import type { Command, OrderStatus, StepState } from '../../contracts/statuses.js';
import { measure } from '../engine/graph.js';
import type { RunState } from '../engine/run-process.js';
import { isCancellable, isResolvable, shownStatus, takenMessages } from '../engine/standing.js';
import type { StepRun } from '../engine/step-run.js';
import type { StepRuns } from '../engine/step-runs.js';
import type { StepFailure } from '../engine/walk.js';
import type { Order, Parcel } from './state.js';

/** A run of the order process, begun or not. */
export type OrderRun = RunState<Order, OrderStatus>;

const iso = (ms: number): string => new Date(ms).toISOString();

export function statusOf(run: OrderRun): OrderStatus {
  const { facts: order, stopping, isEnded, attention } = run;
  if (isEnded) return stopping ? endStatusOf(stopping.code) : 'completed';
  if (attention) return 'needs_attention';
  if (stopping) return order.statusBeforeStop;
  return shownStatus(run) ?? order.stage;
}

/** The commands that the steps allow now, and that the order is not at its limit for. */
export function possibleCommands(run: OrderRun): Command[] {
  const taken = takenMessages(run);
  const isAllowed = (command: Command): boolean => {
    if (command === 'cancel') return isCancellable(run);
    // An optional step that is still retried keeps the run open after the end.
    if (command === 'resolve') return isResolvable(run);
    if (command === 'return') return statusOf(run) === 'completed';
    return taken.has(command);
  };
  return commands.filter((command) => isAllowed(command) && run.facts.takes(command));
}

/** @param now ms since the epoch, as the run sees it; `revision` is the book's, 0 until it has the view. */
export function orderView(run: OrderRun, now: number, revision: number): OrderView {
  const { facts: order, stopping, attention, steps } = run;
  const { input } = order;
  const placed = input.order;
  const status = statusOf(run);
  const failure = stopping ?? attentionFailure(attention);
  const endedAt = isEnded(status) ? endOf(steps.all, now) : undefined;
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
    steps: steps.all.map((s) =>
      s.definition.fanOut ? stepView(s, order, steps) : s.madeOnce((own) => ownView(own, order)),
    ),
    ...defined({ failure }),
    possible: possibleCommands(run),
    placedAt: input.placedAt,
    updatedAt: iso(now),
    ...(endedAt !== undefined && { endedAt: iso(endedAt), timing: measure(steps.all.map(measured)) }),
    ...(status === 'completed' && { returnableUntil: iso(endedAt! + input.deadlines.returnWindowMs) }),
  };
}

function attentionFailure(step: StepRun | undefined): StepFailure | undefined {
  return step?.failure && { ...step.failure, step: step.id };
}

/** When the last step finished that the outcome depends on. Optional steps that finish later do not move the end. */
function endOf(steps: readonly StepRun[], now: number): number {
  const finished = steps.flatMap((s) => (s.isOptional || s.finishedAt === undefined ? [] : [s.finishedAt]));
  return finished.length === 0 ? now : Math.max(...finished);
}

function measured({ id, dependsOn, branch, startedAt, finishedAt }: StepRun) {
  return { id, dependsOn, ...defined({ group: branch?.group, startedAt, finishedAt }) };
}

/** A fan-out runs while a step of its branches does, and waits while they all wait. */
function stateOf(step: StepRun, steps: StepRuns): StepState {
  if (step.state !== 'running' || !step.definition.fanOut) return step.state;
  return steps.membersOf(step.id).some((s) => s.state === 'running') ? 'running' : 'waiting';
}

/** Views share it, so nobody may change it. */
const ownView = (step: StepRun, order: Order): StepView => {
  const view = stepView(step, order);
  Object.freeze(view.dependsOn);
  if (view.failure) Object.freeze(view.failure);
  return Object.freeze(view);
};

/** @param steps needed for a fan-out. */
function stepView(step: StepRun, order: Order, steps?: StepRuns): StepView {
  const { id, dependsOn, branch, startedAt, finishedAt, attempts, failure, isActive } = step;
  const time = (ms: number | undefined) => (ms === undefined ? undefined : iso(ms));
  return {
    id,
    dependsOn: [...dependsOn],
    ...defined({ group: branch?.group }),
    state: steps ? stateOf(step, steps) : step.state,
    ...defined({ startedAt: time(startedAt), finishedAt: isActive ? undefined : time(finishedAt) }),
    attempts,
    ...defined({ failure, dueAt: time(dueAt(step, order)) }),
  };
}

/** A short call whose retry takes a second is not overdue yet. */
const grace = 30_000;

function dueAt(step: StepRun, order: Order): number | undefined {
  if (step.startedAt === undefined || !(step.isActive || step.state === 'undoing') || step.definition.fanOut) {
    return undefined;
  }
  const { expectedFor, expectedMs } = step.definition;
  return step.startedAt + (expectedFor?.(order) ?? expectedMs) + grace;
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
