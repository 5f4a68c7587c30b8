import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { defined } from '../contracts/defined.js';
import type { OrderFailureCode } from '../contracts/failures.js';
import { Fault, Rejection, UnexpectedRejection } from '../services/support/client.js';

/** Type of the failure of an attempt that may succeed when it is made again. */
const serviceFault = 'service_fault';

/** Type of the failure of a call that is wrong, or was not let in: nothing but a repair helps. */
const serviceRejectedCall = 'service_rejected_call' satisfies OrderFailureCode;

/** What an ordinary (queued) activity answers: workflow code cannot see attempts otherwise. A local one answers bare. */
export interface Attempted<Answer> {
  answer: Answer;
  attempt: number;
}

/** What every call carries besides its input. */
interface ServiceCall {
  signal: AbortSignal;
  /** The run it is made for: a service tells a run that was reset what was undone before (see services/support/undone.ts). */
  run?: string;
}

/**
 * Makes one call to a service an activity. A refusal becomes a non-retryable failure whose type is its code; a rejection that the contract
 * does not list becomes a non-retryable `service_rejected_call`. Everything else is retried by policy, and a service that asks to be left
 * alone for a while is left alone for that long.
 *
 * The declared answer is what workflow code is given; on the wire a queued activity wraps it with its attempt (see Attempted).
 */
export function serviceCall<Input extends { key: string }, Answer>(
  make: (input: Input, call: ServiceCall) => Promise<Answer>,
): (input: Input) => Promise<Answer> {
  return async (input) => {
    const { isLocal, attempt, workflowExecution } = activityInfo();
    try {
      const answer = await make(input, {
        signal: cancellationSignal(),
        ...(workflowExecution ? { run: workflowExecution.runId } : {}),
      });
      return isLocal ? answer : ({ answer, attempt } satisfies Attempted<Answer> as Answer);
    } catch (error) {
      if (error instanceof Rejection || error instanceof UnexpectedRejection) {
        throw ApplicationFailure.create({
          message: error.message,
          type: error instanceof Rejection ? error.code : serviceRejectedCall,
          nonRetryable: true,
          details: [{ attempt }],
        });
      }
      if (error instanceof Fault) {
        throw ApplicationFailure.create({
          message: error.message,
          type: serviceFault,
          // Workflow code is given the details alone, not the delay.
          details: [{ attempt, ...defined({ retryAfterMs: error.retryAfterMs }) }],
          ...defined({ nextRetryDelay: error.retryAfterMs }),
        });
      }
      throw error;
    }
  };
}
