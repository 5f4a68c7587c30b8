import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { defined } from '../../../contracts/defined.js';
import { problemCodes, type ProblemCode } from '../../../contracts/failures.js';
import type { Refusal } from '../../../workflows/temporal/protocol.js';
import { ApiProblem } from '../problems/problem.js';
import { grpcCode, notProcessedYet, resourceExhausted, temporalProblem } from './temporal-problem.js';

/** gRPC codes that concern one run: its workflow task fails, or it has too many open Updates. */
const runIsStuck = new Set([2 /* UNKNOWN */, 3 /* INVALID_ARGUMENT */, resourceExhausted, 10 /* ABORTED */]);

/** @returns why an Update has no answer: it was refused by its validator or handler, or was not processed. */
export function updateProblem(error: unknown): unknown {
  const refused = refusalOf(error);
  if (refused) {
    const { failure, refusal } = refused;
    const code = failure.type ?? '';
    if (!Object.hasOwn(problemCodes, code)) return notProcessedYet(error);
    const { errors, orderStatus, possible } = refusal;
    return new ApiProblem(code as ProblemCode, failure.message, defined({ errors, orderStatus, possible }));
  }
  return runIsStuck.has(grpcCode(error) ?? -1) && !(error instanceof ApiProblem)
    ? notProcessedYet(error)
    : temporalProblem(error);
}

/** @returns what the run says about an Update that it refused; undefined for any other error. */
export function refusalOf(error: unknown): { failure: ApplicationFailure; refusal: Partial<Refusal> } | undefined {
  if (!(error instanceof WorkflowUpdateFailedError) || !(error.cause instanceof ApplicationFailure)) return undefined;
  return { failure: error.cause, refusal: (error.cause.details?.[0] as Partial<Refusal> | undefined) ?? {} };
}
