import { WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { problemCodes, type ProblemCode } from '../../../contracts/failures.js';
import type { Refusal } from '../../../workflows/messages.js';
import { ApiProblem } from '../problems/problem.js';
import { temporalProblem } from './temporal-problem.js';

/** @returns the answer to an Update that has none: the refusal of its validator or handler, or why there was no time. */
export function updateProblem(error: unknown): unknown {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)
    return new ApiProblem(
      'not_processed_yet',
      'Nobody has processed this yet; it may still take effect, so repeat it with the same Idempotency-Key',
    );
  if (!(error instanceof WorkflowUpdateFailedError)) return temporalProblem(error);
  const { cause } = error;
  return (cause instanceof ApplicationFailure && refusalProblem(cause)) || error;
}

function refusalProblem(failure: ApplicationFailure): ApiProblem | undefined {
  const code = failure.type ?? '';
  if (!Object.hasOwn(problemCodes, code)) return undefined;
  const refusal = failure.details?.[0] as Partial<Refusal> | undefined;
  return new ApiProblem(code as ProblemCode, failure.message, {
    ...(refusal?.errors ? { errors: refusal.errors } : {}),
    ...(refusal?.orderStatus ? { orderStatus: refusal.orderStatus } : {}),
    ...(refusal?.possible ? { possible: refusal.possible } : {}),
  });
}
