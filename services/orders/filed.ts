import { serviceOf } from '../../contracts/failures.js';
import type { OrderView } from '../../contracts/order.js';
import { definedStep, holdOf, stepReached } from '../../contracts/trouble.js';

/** What the book takes out of a view to find it by. Null where the view has none. */
export interface Filed {
  /** The earliest time at which a step is overdue. */
  dueAt: string | null;
  failureCode: string | null;
  /** The step that the order has reached. */
  step: string | null;
  /** The step that holds the order up, and why. */
  holdStep: string | null;
  holdCode: string | null;
  holdService: string | null;
}

export function filed(view: OrderView): Filed {
  const hold = holdOf(view);
  const reached = stepReached(view);
  return {
    dueAt: firstDue(view.steps),
    failureCode: view.failure?.code ?? null,
    step: reached === undefined ? null : definedStep(reached),
    holdStep: hold === undefined ? null : definedStep(hold.step),
    holdCode: hold?.failure?.code ?? null,
    holdService: (hold?.failure && serviceOf(hold.failure)) ?? null,
  };
}

/** The earliest time at which a step is overdue. */
export function firstDue(steps: readonly { dueAt?: string }[]): string | null {
  const due = steps.flatMap(({ dueAt }) => (dueAt === undefined ? [] : [dueAt])).sort();
  return due[0] ?? null;
}
