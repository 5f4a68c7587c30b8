import type { Job, RawCommand } from './run-code.js';

/** The order in which Core gives jobs to the code: the start, then patches, then messages, then everything else. */
export function inOrder(jobs: Job[]): Job[] {
  const first = ['initializeWorkflow', 'notifyHasPatch'];
  const rank = ({ variant }: Job) =>
    first.includes(variant) ? first.indexOf(variant) : variant === 'signalWorkflow' || variant === 'doUpdate' ? 2 : 3;
  return jobs.sort((a, b) => rank(a) - rank(b));
}

/** Whether a command closes the run. */
export function isClose(command: RawCommand): boolean {
  const { completeWorkflowExecution, failWorkflowExecution, cancelWorkflowExecution } = command;
  return (
    (completeWorkflowExecution ??
      failWorkflowExecution ??
      cancelWorkflowExecution ??
      command.continueAsNewWorkflowExecution) !== undefined
  );
}

/** How many events commands become. Answers of local activities are counted apart. */
export function eventsOf(commands: readonly RawCommand[]): number {
  const unsent = new Set<string>();
  for (const { cancelTimer, requestCancelActivity } of commands) {
    if (cancelTimer && commands.some(({ startTimer }) => startTimer?.seq === cancelTimer.seq)) {
      unsent.add(`timer ${cancelTimer.seq}`);
    }
    const seq = requestCancelActivity?.seq;
    if (requestCancelActivity && commands.some(({ scheduleActivity }) => scheduleActivity?.seq === seq)) {
      unsent.add(`activity ${seq}`);
    }
  }
  // The marker of a patch comes with a search attribute.
  const patches = commands.filter(({ setPatchMarker }) => setPatchMarker).length;
  const single = commands.filter((command) => {
    if (command.scheduleLocalActivity) return false;
    const timer = command.startTimer?.seq ?? command.cancelTimer?.seq;
    const activity = command.scheduleActivity?.seq ?? command.requestCancelActivity?.seq;
    return !unsent.has(timer !== undefined ? `timer ${timer}` : `activity ${activity}`);
  }).length;
  return single + patches;
}
