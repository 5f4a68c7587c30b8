import { isGrpcServiceError } from '@temporalio/client';
import { ApiProblem } from '../problems/problem.js';

/** gRPC status codes. */
const unavailable = new Set([1 /* CANCELLED */, 4 /* DEADLINE_EXCEEDED */, 14 /* UNAVAILABLE */]);
const refusesUs = new Set([7 /* PERMISSION_DENIED */, 16 /* UNAUTHENTICATED */]);
const exhausted = 8;

/** @returns the gRPC status of an error of the client, wherever it stands in the chain of causes. */
export function grpcCode(error: unknown): number | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) if (isGrpcServiceError(at)) return at.code;
  return undefined;
}

/** @returns 503 for a server that does not answer or has too much to do; every other error as it is. */
export function temporalProblem(error: unknown): unknown {
  const code = grpcCode(error);
  if (code === undefined) return error;
  if (code === exhausted)
    return new ApiProblem('overloaded', 'Temporal takes no more at the moment', {}, { cause: error });
  if (unavailable.has(code) || refusesUs.has(code))
    return new ApiProblem('temporal_unavailable', 'Temporal does not answer', {}, { cause: error });
  return error;
}
