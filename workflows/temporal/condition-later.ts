import { condition } from '@temporalio/workflow';

/**
 * Like `condition`, but does not evaluate the test at once. At that moment the steps that an answer sets off have not started yet, so the
 * run would look idle between two calls of a chain.
 */
export function conditionLater(test: () => boolean): Promise<void> {
  let evaluated = false;
  return condition(() => {
    if (evaluated) return test();
    evaluated = true;
    return false;
  });
}
