import type { OrderView } from './order.js';
import { isEnded, type StepState } from './statuses.js';

/** Why a run does not go on by itself, told by Temporal and not by the run. */
export type Halt = 'terminated' | 'code_mismatch';

const messages: Record<Halt, string> = {
  terminated: "The order's run was ended from outside. Abandon the order to undo what has not gone out.",
  code_mismatch:
    "The deployed workflow code cannot replay the order's run. The order goes on once code that fits is deployed.",
};

const inProgress: readonly StepState[] = ['running', 'waiting', 'undoing', 'failed'];

/** The order as people have to see it while its run is halted. An order that has ended stays as it is. */
export function haltedView(view: OrderView, halt: Halt): OrderView {
  if (isEnded(view.status) || view.failure?.code === halt) return view;
  return {
    ...view,
    status: 'needs_attention',
    failure: { code: halt, message: messages[halt], step: stepOf(view) },
    possible: halt === 'terminated' ? ['resolve'] : [],
  };
}

/** The step that the order stands at. A fan-out stands at the steps of its branches. */
function stepOf({ steps, failure }: OrderView): string {
  if (failure) return failure.step;
  const groups = new Set(steps.map(({ group }) => group));
  const single = steps.filter(({ id }) => !groups.has(id));
  const at =
    single.find(({ state }) => inProgress.includes(state)) ??
    single.find(({ state }) => state === 'pending') ??
    steps.at(-1);
  return at?.id ?? '';
}
