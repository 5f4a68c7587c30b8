import { condition } from '@temporalio/workflow';

const now = Promise.resolve();

/**
 * Like `condition`, but the test is not evaluated before what runs now has come to rest. At this moment the steps that an answer or a
 * message sets off have not started yet, so the run would look idle between two calls of a chain.
 *
 * Temporal also evaluates conditions between two messages of an activation. How often must not matter: a refused Update is a message while
 * the run is live, and there is none in a replay.
 */
export function conditionLater(test: () => boolean): Promise<void> {
  let isLater = false;
  void now.then(() => (isLater = true));
  return condition(() => isLater && test());
}
