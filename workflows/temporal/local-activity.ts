import { proxyLocalActivities } from '@temporalio/workflow';
import type { LocalActivityOptions } from '@temporalio/workflow';
import { inputDigest } from '../engine/digest.js';

type Activities = Record<string, (input: object) => Promise<unknown>>;

/**
 * Calls a local activity by its type: `<service>.<operation>`. The history has no input of a local activity, so the summary ends with a
 * digest of it, as in `reserveStock ~k3v90q`: a replay compares that.
 */
export function callLocalActivity<Answer>(
  type: string,
  input: object,
  { summary, ...policy }: LocalActivityOptions & { summary: string },
): Promise<Answer> {
  const activities = proxyLocalActivities<Activities>({
    ...policy,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    summary: `${summary} ~${inputDigest(input)}`,
  });
  return activities[type]!(input) as Promise<Answer>;
}
