import type { OrderView, StepView } from '../../../contracts/order.js';
import { isUndo, type StoryEvent } from './story.js';

/**
 * The life of an order: the moments at which something changed, and how it stood at each. The view has the times of the steps. Only the
 * history of the run has the times of the undos and of every change of the money; it is gone once Temporal no longer keeps it.
 */

/** When a step was undone. */
export interface Undo {
  from: string;
  to: string;
}

/** The undo of each step, from the first to the last event of its calls. @param events the history; none where it is not there */
export function undosOf(events: readonly StoryEvent[]): Map<string, Undo> {
  const undos = new Map<string, Undo>();
  for (const event of events) {
    const { step, time } = event;
    if (step === undefined || !isUndo(event)) continue;
    undos.set(step, { from: undos.get(step)?.from ?? time, to: time });
  }
  return undos;
}

/** The times at which something happened, oldest first. */
export function momentsOf(order: OrderView, undos: ReadonlyMap<string, Undo>): string[] {
  const times = new Set([
    order.placedAt,
    ...order.steps.flatMap(({ startedAt, finishedAt }) => [startedAt, finishedAt]),
    ...[...undos.values()].flatMap(({ from, to }) => [from, to]),
    ...order.payment.attempts.map(({ at }) => at),
    ...order.shipments.flatMap(({ dispatchedAt, deliveredAt }) => [dispatchedAt, deliveredAt]),
    ...order.returns.map(({ requestedAt }) => requestedAt),
    order.endedAt,
  ]);
  // A carrier reports what happened earlier, even before the order in its own clock.
  return [...times].filter((time): time is string => time !== undefined && time >= order.placedAt).sort();
}

/** The steps as they stood at that moment. @param waits whether the step is one that waits for somebody */
export function stepsAt(
  order: OrderView,
  at: string,
  waits: (stepId: string) => boolean,
  undos: ReadonlyMap<string, Undo>,
): StepView[] {
  return order.steps.map((step) => stepAt(step, at, waits(step.id), undos.get(step.id)));
}

function stepAt(step: StepView, at: string, waits: boolean, undo: Undo | undefined): StepView {
  const { id, dependsOn, group, startedAt, finishedAt, state } = step;
  const bare = { id, dependsOn, ...(group === undefined ? {} : { group }), attempts: 0 };
  if (state === 'pending' || (startedAt ?? finishedAt ?? '9') > at) return { ...bare, state: 'pending' };
  const isUndone = state === 'undone' || state === 'undoing';
  // A step that was stopped in the middle is undone without having finished.
  const workedUntil = finishedAt ?? (isUndone ? undo?.from : undefined);
  if (workedUntil === undefined || workedUntil > at) {
    return { ...bare, state: waits ? 'waiting' : 'running', ...(startedAt === undefined ? {} : { startedAt }) };
  }
  if (!isUndone || (undo && undo.to <= at)) return step;
  // Where the history is gone, the undo comes last, with the order as it is.
  return { ...step, state: undo && undo.from <= at ? 'undoing' : 'done' };
}
