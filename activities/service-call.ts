import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { defined } from '../contracts/defined.js';
import type { OrderFailureCode } from '../contracts/failures.js';
import { Fault, Rejection, UnexpectedRejection } from '../services/support/client.js';

/** Type of the failure of an attempt that may succeed when it is made again. */
const serviceFault = 'service_fault';

/** Type of the failure of a call that is wrong or not authorized. Only a repair helps. */
const serviceRejectedCall = 'service_rejected_call' satisfies OrderFailureCode;

/** The answer of an ordinary activity, with its attempt, which workflow code cannot see otherwise. A local activity answers bare. */
export interface NumberedAnswer<Answer> {
  answer: Answer;
  attempt: number;
}

/** What every call carries besides its input. */
interface ServiceCall {
  signal: AbortSignal;
  /** The calling run. A service tells a run that was reset what another run has undone (see services/support/undone.ts). */
  run?: string;
}

/**
 * Turns one call to a service into an activity. A rejection becomes a non-retryable failure whose type is its code; a rejection that the
 * contract does not list becomes a non-retryable `service_rejected_call`. Everything else is retried by policy, after the pause that the
 * service asks for.
 *
 * The declared answer is what workflow code gets. On the wire, an ordinary activity wraps it with its attempt (see NumberedAnswer).
 */
export function serviceCall<Input extends { key: string }, Answer>(
  make: (input: Input, call: ServiceCall) => Promise<Answer>,
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
          // Workflow code sees the details, but not the delay.
          details: [{ attempt, ...defined({ retryAfterMs: error.retryAfterMs }) }],
          ...defined({ nextRetryDelay: error.retryAfterMs }),
        });
      }
      throw error;
    }
  };
}
