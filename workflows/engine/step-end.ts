import { BodyEnded, EndProcess, failsProcess } from './body-end.js';
import type { Decision } from './step-context.js';
import type { StepRun } from './step-run.js';
import type { Walk } from './walk.js';

/** What becomes of a step, and of the process, when the step's body has thrown this error. */
export function endStep(walk: Walk, step: StepRun, error: unknown): void {
  const now = walk.ports.now();
  if (error instanceof BodyEnded) {
    // A stopped step with an undo is undone next; without one nothing of it is left.
    if (error.reason === 'stopped' || walk.isStopped(step)) step.cutOff(now);
    else endAsDecided(walk, step, error.reason);
  } else if (error instanceof EndProcess) {
    step.skip(now);
    // A step that is already stopping cannot end the process: what was begun is undone.
    if (!walk.isStopped(step)) walk.endHere({ code: error.code, message: error.message, step: step.id });
  } else if (failsProcess(error)) {
    step.fail(now);
    if (step.isOptional) step.ignore();
    walk.fail(step, error);
  } else walk.changes.reportBug(error);
}

function endAsDecided(walk: Walk, step: StepRun, decision: Decision): void {
  const now = walk.ports.now();
  const { assumed, decided } = step.definition;
  if (assumed && decision === 'abandon' && walk.ports.makes('assumed')) {
    step.finish(assumed({ facts: walk.facts, item: step.item }) as unknown, now);
  } else if (decided) {
    try {
      const result: unknown = decided(decision, { facts: walk.facts, item: step.item, now: () => now });
      step.finish(result, now);
    } catch (error) {
      endStep(walk, step, error);
    }
  } else if (decision === 'skip') step.skip(now);
  else {
    step.fail(now);
    step.ignore();
  }
}
