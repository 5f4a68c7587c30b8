import { isTakenBy } from './definition.js';
import type { MessageType } from './message.js';
import type { RunState } from './run-process.js';
import type { StepRun } from './step-run.js';

/** What the steps of a run say about the whole process. */
export interface Standing<Status extends string> {
  /** Of the first step that shows one now; undefined where none does. */
  status: Status | undefined;
  /** Names of the messages that steps take now. */
  takes: ReadonlySet<string>;
  /** Nothing has passed a pivot, and nothing is being undone. */
  isCancellable: boolean;
  /** Some step is stuck, or waits for something that may never come. */
  isResolvable: boolean;
}

/** Follows from the policies of the steps alone: `while`, `whileBusy`, `takes`, `takesBefore`, `takesAfter`, `pivot`, `skippable`. */
export function standingOf<Facts, Status extends string>(run: RunState<Facts, Status>): Standing<Status> {
  const { steps, facts, stopping, isEnded } = run;
  const isGoing = !stopping && !isEnded;
  // A step that can only be abandoned needs what another run has undone: nothing that is still to come can be changed.
  const canChange = isGoing && !steps.all.some((s) => s.canOnlyBeAbandoned);
  return {
    status: steps.all.find((s) => showsStatus(s, facts))?.definition.while as Status | undefined,
    takes: new Set(
      steps.all.flatMap(({ state, definition }) => [
        ...(canChange && state === 'waiting' ? namesOf(definition.takes) : []),
        ...(canChange && state === 'pending' ? namesOf(definition.takesBefore) : []),
        ...(isGoing && state === 'done' ? namesOf(definition.takesAfter) : []),
      ]),
    ),
    isCancellable: canChange && !steps.isAnyPivotPassed,
    isResolvable: steps.all.some((s) => s.isStuck || s.isSkippableWait),
  };
}

/** Whether some step takes messages of this type, now or later. */
export function mayTake(
  { steps, stopping, isEnded }: Pick<RunState<never>, 'steps' | 'stopping' | 'isEnded'>,
  type: MessageType,
): boolean {
  return !stopping && !isEnded && steps.all.some((s) => !s.isSettled && isTakenBy(s.definition, type));
}

function showsStatus({ state, isActive, definition }: StepRun, facts: unknown): boolean {
  if (definition.while === undefined) return false;
  return state === 'waiting' || (isActive && definition.whileBusy?.(facts) === true);
}

function namesOf(types: readonly MessageType[] = []): string[] {
  return types.map((type) => type.name);
}
