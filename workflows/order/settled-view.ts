import { defined } from '../../contracts/defined.js';
import type { Balance, OrderView, ShipmentView, StepView } from '../../contracts/order.js';
import type { StepState } from '../../contracts/statuses.js';
import { paymentStatusOf } from './state.js';
import { measure } from '../engine/graph.js';

/** What the services answered when an order was settled. */
export interface Settlement {
  shipments: ShipmentView[];
  /** A sum that is absent is 0. */
  balance: Partial<Balance>;
}

const undoable = ['reserveStock', 'authorizePayment', 'confirmOrder', 'bookParcel'];

/** The last view of an order that was settled because its own run could not end it. */
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

/** Nothing is in progress any more. */
function lastOf({ dueAt: _dueAt, overdue: _overdue, ...step }: StepView, at: string, isPartlyOut: boolean): StepView {
  const [name = '', parcel] = step.id.split(':');
  if (step.state === 'pending') return { ...step, state: 'skipped' };
  // Where a parcel is out, what all parcels share stays done.
  const isUndone = undoable.includes(name) && !isPartlyOut && parcel === undefined;
  const left: Partial<Record<StepState, StepState>> = {
    running: 'failed',
    waiting: 'failed',
    undoing: 'undone',
    ...(isUndone || (name === 'bookParcel' && !isPartlyOut) ? { done: 'undone' } : {}),
  };
  const state = left[step.state] ?? step.state;
  return { ...step, state, ...(step.startedAt === undefined ? {} : { finishedAt: step.finishedAt ?? at }) };
}

function measured({ id, dependsOn, group, startedAt, finishedAt }: StepView) {
  return {
    id,
    dependsOn,
    ...defined({ group }),
    ...(startedAt === undefined ? {} : { startedAt: Date.parse(startedAt) }),
    ...(finishedAt === undefined ? {} : { finishedAt: Date.parse(finishedAt) }),
  };
}
