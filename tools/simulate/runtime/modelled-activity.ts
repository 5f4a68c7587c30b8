/** What activities import instead of `@temporalio/activity`: the simulation says which attempt is being made. */

export interface AttemptInfo {
  isLocal: boolean;
  attempt: number;
  workflowExecution: { workflowId: string; runId: string };
}

const current: { info: AttemptInfo | undefined; signal: AbortSignal | undefined } = {
  info: undefined,
  signal: undefined,
};

/** Activities ask at their start, before they wait for anything. */
export function beginAttempt(info: AttemptInfo, signal: AbortSignal): void {
  current.info = info;
  current.signal = signal;
}

export const activityInfo = (): AttemptInfo => current.info!;

export const cancellationSignal = (): AbortSignal => current.signal!;
