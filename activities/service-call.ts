import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { defined } from '../contracts/defined.js';
import type { OrderFailureCode } from '../contracts/failures.js';
import { Fault, Rejection, UnexpectedRejection } from '../services/support/client.js';

/** Failure type of an attempt that may succeed when it is retried. */
export const serviceFault = 'service_fault';

/** Failure type of a call that is wrong or not authorized. A retry does not help: somebody has to repair the cause. */
const serviceRejectedCall = 'service_rejected_call' satisfies OrderFailureCode;

/** The answer of an ordinary activity, with its attempt: workflow code cannot see that otherwise. A local one returns just the answer. */
export interface NumberedAnswer<Answer> {
  answer: Answer;
  attempt: number;
}

/** What every call to a service has besides its input. */
interface ServiceCall {
  signal: AbortSignal;
  /** The id of the calling run. A service tells a run that was reset what another run has undone (see services/support/undone.ts). */
  run?: string;
}

interface CallOptions {
  /**
   * The code with which the service rejects the call when this run has undone it. That happens when a workflow task is lost after the undo, and
   * made again.
   */
  afterUndo?: string;
}

/**
 * Turns one call to a service into an activity. A rejection becomes a non-retryable failure whose type is its code; a rejection that the
 * contract does not list becomes a non-retryable `service_rejected_call`. Everything else is retried by policy, after the pause that the
 * service asks for.
 *
 * Workflow code gets the declared answer. On the wire, an ordinary activity wraps it with its attempt (see NumberedAnswer).
 */
export function serviceCall<Input extends { key: string }, Answer>(
  make: (input: Input, call: ServiceCall) => Promise<Answer>,
  { afterUndo }: CallOptions = {},
): (input: Input) => Promise<Answer> {
  return async (input) => {
    const { isLocal, attempt, workflowExecution } = activityInfo();
    try {
      const answer = await make(input, {
        signal: cancellationSignal(),
        ...defined({ run: workflowExecution?.runId }),
      });
      return isLocal ? answer : ({ answer, attempt } satisfies NumberedAnswer<Answer> as Answer);
    } catch (error) {
      if (error instanceof Rejection || error instanceof UnexpectedRejection) {
        const type = error instanceof Rejection ? error.code : serviceRejectedCall;
        throw ApplicationFailure.create({
          message: error.message,
          type,
          nonRetryable: true,
          details: [{ attempt, ...(type === afterUndo && { isUndone: true }) }],
        });
      }
      if (error instanceof Fault) {
        throw ApplicationFailure.create({
          message: error.message,
          type: serviceFault,
          // Workflow code sees the details, but not the delay.
          details: [{ attempt, ...defined({ retryAfterMs: error.retryAfterMs }) }],
          ...defined({ nextRetryDelay: error.retryAfterMs }),
        });
      }
      throw error;
    }
  };
}
