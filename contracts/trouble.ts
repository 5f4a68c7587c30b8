import type { Failure } from './failures.js';
import { stepAt } from './halted.js';
import type { OrderView, StepView } from './order.js';
import { isEnded, type StepState } from './statuses.js';

/** The trouble of an order: it is stuck until an operator decides, or a step takes longer than expected. */
export const troubleKinds = ['stuck', 'overdue'] as const;

/** The step that holds an order up. */
export interface Hold {
  /** Its id, in a fan-out with its branch: `bookParcel:ord_1-east`. */
  step: string;
  /** Absent while nothing has failed: the step only takes long. */
  failure?: Failure;
}

const active: readonly StepState[] = ['running', 'waiting', 'undoing'];

/**
 * The step that holds an order up: the one that an operator has to decide about, else one whose call fails and is retried, else the one
 * that is due first. Undefined if no step is in progress.
 */
export function holdOf(view: OrderView): Hold | undefined {
  const { steps, status, failure } = view;
  const failing = steps.filter((step) => step.failure && active.includes(step.state));
  if (status === 'needs_attention') {
    // An order that is being undone keeps the reason of its end as its failure. What is stuck then is an undo.
    const undoing = failing.find(({ state }) => state === 'undoing');
    const parked = steps.find((step) => step.id === failure?.step && step.state === 'failed');
    const stuck = undoing ?? parked ?? failing[0];
    if (stuck?.failure) return { step: stuck.id, failure: stuck.failure };
    return failure && { step: failure.step, failure: { code: failure.code, message: failure.message } };
  }
  const [retried] = failing;
  if (retried?.failure) return { step: retried.id, failure: retried.failure };
  const due = steps.reduce(earlier, undefined);
  return due && { step: due.id };
}

function earlier(first: StepView | undefined, step: StepView): StepView | undefined {
  if (step.dueAt === undefined) return first;
  return first?.dueAt !== undefined && Date.parse(first.dueAt) <= Date.parse(step.dueAt) ? first : step;
}

/** The step that an order has reached; undefined once it has ended. */
export function stepReached(view: OrderView): string | undefined {
  return isEnded(view.status) ? undefined : stepAt(view);
}

/** The step's id in the definition of its process: `bookParcel` of `bookParcel:ord_1-east`. */
export function definedStep(id: string): string {
  return id.replace(/:.*/s, '');
}
