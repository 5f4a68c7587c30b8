import { DefaultLogger, type Logger } from '@temporalio/worker';
import { ApplicationFailure } from '@temporalio/common';
import type { Logger as Pino } from 'pino';
import type { OrderFailureCode } from '../../contracts/failures.js';

const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** The code with which an order waits for an operator. The operator needs to find the service's answer in the log. */
const unexpected = 'service_rejected_call' satisfies OrderFailureCode;

/** Writes the SDK's log lines, from WARN up, to the program's own log. */
export function temporalLogger(log: Pick<Pino, (typeof levels)[keyof typeof levels]>): Logger {
  return new DefaultLogger('WARN', ({ level, message, meta }) => {
    // Five of the six workers run no workflows, on purpose.
    if (message.startsWith('No workflows registered')) return;
    const answer = message === 'Activity failed' && serviceAnswer(meta);
    if (!answer) log[levels[level]]({ meta }, message);
    else if (answer.code === unexpected) log.error(answer, 'a call is wrong, or was not let in by the service');
    // The run decides what happens next. A stack trace of our own code would not help.
    else log.info(answer, 'a service rejected a call, or the call failed and is tried again');
  });
}

/** What a service answered when it made an activity fail (see serviceCall). Undefined for any other error, such as a bug. */
function serviceAnswer({ error, activityType, attempt, workflowId }: Record<string, unknown> = {}) {
  if (!(error instanceof ApplicationFailure)) return undefined;
  return { workflowId, activityType, attempt, code: error.type, reason: error.message };
}
