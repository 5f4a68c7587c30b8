import {
  IllegalStateError,
  QueryNotRegisteredError,
  QueryRejectedError,
  ServiceError,
  WorkflowContinuedAsNewError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  isGrpcServiceError,
} from '@temporalio/client';
import { NamespaceNotFoundError, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ApiProblem } from '../problems/problem.js';

/** How long Temporal may take to start a run or to accept a signal. No worker is needed for either. */
export const acceptedWithinMs = 5000;

/** gRPC status codes with an answer of their own. Every other one means that Temporal cannot do it now. */
export const resourceExhausted = 8;
const failedPrecondition = 9;

/** Temporal answers, but no worker made the run answer. */
const runDoesNotAnswer = [
  QueryNotRegisteredError,
  QueryRejectedError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
] as const;
const otherErrors = [
  ServiceError,
  NamespaceNotFoundError,
  WorkflowNotFoundError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowContinuedAsNewError,
  WorkflowFailedError,
  IllegalStateError,
] as const;

/** @returns the gRPC status of an error of the client, from anywhere in the chain of causes. */
export function grpcCode(error: unknown): number | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) if (isGrpcServiceError(at)) return at.code;
  return undefined;
}

/**
 * @returns a 503 for every error of Temporal's client: the state of Temporal or of a worker is no bug of the API, and is temporary.
 * Returns every other error as it is.
 */
export function temporalProblem(error: unknown): unknown {
  if (error instanceof ApiProblem) return error;
  const code = grpcCode(error);
  if (code === failedPrecondition || runDoesNotAnswer.some((known) => error instanceof known)) {
    return notProcessedYet(error);
  }
  if (code === resourceExhausted) {
    return new ApiProblem('overloaded', 'Temporal is overloaded at the moment', {}, { cause: error });
  }
  if (code === undefined && !otherErrors.some((known) => error instanceof known)) return error;
  return new ApiProblem('temporal_unavailable', 'Temporal does not answer at the moment', {}, { cause: error });
}

export function notProcessedYet(cause?: unknown): ApiProblem {
  return new ApiProblem(
    'not_processed_yet',
    'The order has not processed this yet. It may still take effect: repeat it with the same Idempotency-Key',
    {},
    { cause },
  );
}
