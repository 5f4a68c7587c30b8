import { CancellationScope, sleep } from '@temporalio/workflow';

/**
 * Resolves once the Update that is being handled stands in the history as accepted. Before that the server may lose it: calls made
 * for it would be unknown to the run that begins again, which would go on, or end, as if they had never been made.
 *
 * A timer, as only a workflow task that is completed writes what it accepted, and a local activity keeps the task open.
 */
export function takenOn(command: string): Promise<void> {
  return CancellationScope.nonCancellable(() => sleep(1, { summary: `${command} is taken on` }));
}
