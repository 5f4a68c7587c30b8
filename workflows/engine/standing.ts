import { isTakenBy } from './definition.js';
import type { MessageType } from './message.js';
import type { RunState } from './run-process.js';
import type { StepRun } from './step-run.js';

/**
 * How a process stands follows from the policies of its steps alone: `while`, `whileBusy`, `takes`, `takesBefore`, `takesAfter`, `pivot`
 * and `skippable`.
 */

/** A run, whatever its facts are. */
type AnyRun = Pick<RunState<never>, 'steps' | 'stopping' | 'isEnded'>;

/** The status of the first step that shows one now; undefined where none does. */
export function shownStatus<Facts, Status extends string>({
  steps,
  facts,
}: RunState<Facts, Status>): Status | undefined {
  return steps.all.find((s) => showsStatus(s, facts))?.definition.while as Status | undefined;
}

/** Names of the messages that steps take now. */
export function takenMessages(run: AnyRun): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (types: readonly MessageType[] = []) => {
    for (const { name } of types) names.add(name);
  };
  const isOpen = isGoing(run);
  const isChangeable = canChange(run);
  for (const { state, definition } of run.steps.all) {
    if (isChangeable && state === 'waiting') add(definition.takes);
    if (isChangeable && state === 'pending') add(definition.takesBefore);
    if (isOpen && state === 'done') add(definition.takesAfter);
  }
  return names;
}

/** Nothing has passed a pivot, and nothing is being undone. */
export function isCancellable(run: AnyRun): boolean {
  return canChange(run) && !run.steps.isAnyPivotPassed;
}

/** Some step is stuck, or waits for something that may never come. */
export function isResolvable({ steps }: AnyRun): boolean {
  return steps.all.some((s) => s.isStuck || s.isSkippableWait);
}

/** Whether some step takes messages of this type, now or later. */
export function mayTake(run: AnyRun, type: MessageType): boolean {
  return isGoing(run) && run.steps.all.some((s) => !s.isSettled && isTakenBy(s.definition, type));
}

function isGoing({ stopping, isEnded }: AnyRun): boolean {
  return !stopping && !isEnded;
}

/** A step that can only be abandoned needs what another run has undone: nothing that is still to come can be changed. */
function canChange(run: AnyRun): boolean {
  return isGoing(run) && !run.steps.all.some((s) => s.canOnlyBeAbandoned);
}

function showsStatus({ state, isActive, definition }: StepRun, facts: unknown): boolean {
  if (definition.while === undefined) return false;
  return state === 'waiting' || (isActive && definition.whileBusy?.(facts) === true);
}
