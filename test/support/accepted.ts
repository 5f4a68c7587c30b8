import type { WorkflowHandle } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { until } from './until.js';

/** How many Updates the run of this history has accepted. */
export const acceptedIn = ({ events }: History): number =>
  (events ?? []).filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes).length;

/** Resolves when the run has accepted so many Updates. Rejects when one of these answers is a refusal before that. */
export async function untilAccepted(run: WorkflowHandle, count: number, ...answers: Promise<unknown>[]): Promise<void> {
  const areAccepted = until(async () => acceptedIn(await run.fetchHistory()) === count);
  await Promise.race([areAccepted, Promise.all(answers).then(() => areAccepted)]);
}
