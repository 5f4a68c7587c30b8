import type { Connection } from '@temporalio/client';

/** temporal.api.enums.v1.EventType. */
const taskStarted = 6;
const taskCompleted = 7;
const taskFailed = 9;
/** temporal.api.enums.v1.WorkflowTaskFailedCause. */
const unhandledFailure = 14;
const nonDeterministic = 24;

interface TaskFailure {
  /** `nondeterminism`: the code asks for something else than the history has. `exception`: it throws. `other`: the code is not to blame. */
  cause: 'nondeterminism' | 'exception' | 'other';
  /** The build of the worker that failed it; empty if it told none. */
  build: string;
}

export interface LastTasks {
  /** The build of the worker that completed the last workflow task, empty if it told none; undefined when none was completed. */
  completedBy?: string;
  /** The first failure since then. Temporal retries without end, but records only this one. */
  failure?: TaskFailure;
}

/** Reads how the last workflow tasks of a run ended, from the end of its history. */
export async function lastTasks(
  { workflowService }: Pick<Connection, 'workflowService'>,
  namespace: string,
  execution: { workflowId: string; runId: string },
): Promise<LastTasks> {
  const { history } = await workflowService.getWorkflowExecutionHistoryReverse({
    namespace,
    execution,
    maximumPageSize: 100,
  });
  const last: LastTasks = {};
  for (const event of history?.events ?? []) {
    const type = Number(event.eventType);
    if (type === taskCompleted) last.completedBy = '';
    if (type === taskFailed) {
      last.failure = { cause: causeOf(Number(event.workflowTaskFailedEventAttributes?.cause)), build: '' };
    }
    if (type !== taskStarted) continue;
    // The event of a failure does not say which build it was.
    const build = event.workflowTaskStartedEventAttributes?.workerVersion?.buildId ?? '';
    if (last.completedBy !== undefined) return { ...last, completedBy: build };
    if (last.failure) last.failure.build = build;
  }
  return last;
}

function causeOf(code: number): TaskFailure['cause'] {
  if (code === nonDeterministic) return 'nondeterminism';
  return code === unhandledFailure ? 'exception' : 'other';
}
