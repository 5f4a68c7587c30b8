import { condition } from '@temporalio/workflow';

/**
 * A condition that is not asked before everything else that could move has moved. A plain one is also asked at once, when the steps that
 * an answer sets off have not begun yet, and the run looks idle between two calls of a chain.
 */
export function settled(test: () => boolean): Promise<void> {
  let asked = false;
  return condition(() => {
    if (asked) return test();
    asked = true;
    return false;
  });
}
