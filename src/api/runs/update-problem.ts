import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { problemCodes, type ProblemCode } from '../../../contracts/failures.js';
import type { Refusal } from '../../../workflows/temporal/protocol.js';
import { ApiProblem } from '../problems/problem.js';
import { grpcCode, notProcessedYet, resourceExhausted, temporalProblem } from './temporal-problem.js';

/** gRPC codes that speak of the one run: its workflow task fails, or it has too many Updates open. */
const runIsStuck = new Set([2 /* UNKNOWN */, 3 /* INVALID_ARGUMENT */, resourceExhausted, 10 /* ABORTED */]);

/** @returns the answer to an Update that has none: the refusal of its validator or handler, or why it was not processed. */
export function updateProblem(error: unknown): unknown {
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
    return refusalProblem(error.cause) ?? notProcessedYet(error);
  }
  return runIsStuck.has(grpcCode(error) ?? -1) && !(error instanceof ApiProblem)
    ? notProcessedYet(error)
    : temporalProblem(error);
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
