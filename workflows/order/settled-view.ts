import { defined } from '../../contracts/defined.js';
import type { Balance, OrderView, ShipmentView, StepView } from '../../contracts/order.js';
import type { StepState } from '../../contracts/statuses.js';
import { paymentStatusOf } from './state.js';
import { stepsOf } from '../engine/definition.js';
import { measure } from '../engine/graph.js';
import { orderVersions } from './process.js';

/** What the services answered when an order was settled. */
export interface Settlement {
  shipments: ShipmentView[];
  /** An absent sum is 0. */
  balance: Partial<Balance>;
}

/** Ids of the steps with an undo, in any version of the process. */
const undoable: ReadonlySet<string> = new Set(
  stepsOf(orderVersions)
    .filter((step) => step.undo)
    .map((step) => step.id),
);

/** The last view of an order that was settled after its own run had been ended from outside. */
export function settledView(before: OrderView, { shipments, balance }: Settlement, now: number): OrderView {
  const at = new Date(now).toISOString();
  const { authorized = 0, captured = 0, refunded = 0 } = balance;
  const { method, attempts } = before.payment;
  const isPartlyOut = shipments.some(({ status }) => status === 'dispatched' || status === 'delivered');
  const steps = before.steps.map((step) => lastOf(step, at, isPartlyOut));
  return {
    ...before,
    status: 'cancelled',
    lines: isPartlyOut ? before.lines : before.lines.map((line) => ({ ...line, reserved: 0 })),
    payment: {
      method,
      status: paymentStatusOf({ attempts, authorized, captured, refunded, undone: true }, method === 'later'),
      authorized,
      captured,
      refunded,
      attempts,
    },
    shipments,
    steps,
    possible: [],
    updatedAt: at,
    endedAt: at,
    timing: measure(steps.map(measured)),
  };
}

/** The last state of a step. Nothing is in progress any more. */
function lastOf({ dueAt: _dueAt, overdue: _overdue, ...step }: StepView, at: string, isPartlyOut: boolean): StepView {
  const [name = ''] = step.id.split(':');
  if (step.state === 'pending') return { ...step, state: 'skipped' };
  // Once a parcel is dispatched, the steps before it stay done.
  const left: Partial<Record<StepState, StepState>> = {
    running: 'failed',
    waiting: 'failed',
    undoing: 'undone',
    ...(undoable.has(name) && !isPartlyOut && { done: 'undone' }),
  };
  const state = left[step.state] ?? step.state;
  return { ...step, state, ...(step.startedAt !== undefined && { finishedAt: step.finishedAt ?? at }) };
}

function measured({ id, dependsOn, group, startedAt, finishedAt }: StepView) {
  const ms = (time: string | undefined) => (time === undefined ? undefined : Date.parse(time));
  return defined({ id, dependsOn, group, startedAt: ms(startedAt), finishedAt: ms(finishedAt) });
}
