import { CancellationScope, sleep } from '@temporalio/workflow';

/**
 * Resolves once the history says that the Update being handled was accepted. Until then the server may lose it: after a crash the
 * run would begin again without the command, although calls were made for it.
 *
 * A timer, because the server writes the acceptance only when the workflow task completes, and a local activity keeps the task open.
 */
export function recordFirst(command: string): Promise<void> {
  // The text is part of recorded histories.
  return CancellationScope.nonCancellable(() => sleep(1, { summary: `${command} is taken on` }));
}
