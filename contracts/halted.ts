import type { OrderView } from './order.js';
import { isEnded, type StepState } from './statuses.js';

/** Why a run cannot continue. Temporal reports it, because the run itself cannot. */
export type Halt = 'terminated' | 'code_mismatch';

const messages: Record<Halt, string> = {
  terminated:
    "The order's run was ended from outside. Abandon the order to undo everything that is not on its way to the customer.",
  code_mismatch:
    "The deployed workflow code cannot replay the order's run. Deploy the code from before, or code that fits; the order then continues by itself, and so do commands sent meanwhile.",
};

const inProgress: readonly StepState[] = ['running', 'waiting', 'undoing', 'failed'];

/** Adds the halt of its run to the view of an order. The view of an order that has ended stays as it is. */
export function haltedView(view: OrderView, halt: Halt): OrderView {
  if (isEnded(view.status) || view.failure?.code === halt) return view;
  return {
    ...view,
    status: 'needs_attention',
    failure: { code: halt, message: messages[halt], step: stepAt(view) },
    possible: halt === 'terminated' ? ['resolve'] : [],
  };
}

/**
 * The step that the order has reached. In a fan-out it is a step of a branch, not the group. A notice that no step waits for is named only
 * when nothing else is in progress.
 */
export function stepAt({ steps, failure }: OrderView): string {
  if (failure) return failure.step;
  const groups = new Set(steps.map(({ group }) => group));
  const single = steps.filter(({ id }) => !groups.has(id));
  const awaited = new Set(steps.flatMap(({ dependsOn }) => dependsOn));
  const begun = single.filter(({ state }) => inProgress.includes(state));
  const at =
    begun.find(({ id }) => awaited.has(id)) ??
    begun[0] ??
    single.find(({ state }) => state === 'pending') ??
    steps.at(-1);
  return at?.id ?? '';
}
