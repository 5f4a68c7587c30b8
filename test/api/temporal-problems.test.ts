import {
  IllegalStateError,
  QueryNotRegisteredError,
  QueryRejectedError,
  ServiceError,
  WorkflowContinuedAsNewError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import {
  ApplicationFailure,
  CancelledFailure,
  NamespaceNotFoundError,
  RetryState,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { ApiProblem } from '../../src/api/problems/problem.js';
import { temporalProblem } from '../../src/api/runs/temporal-problem.js';
import { updateProblem } from '../../src/api/runs/update-problem.js';

/** As @grpc/grpc-js throws them. */
function grpcError(code: number, details = 'why'): Error {
  return Object.assign(new Error(`${code} ${details}`), { code, details, metadata: {} });
}

/** As the client wraps errors for which it has no class. */
const wrapped = (code: number) => new ServiceError('Workflow Update failed', { cause: grpcError(code) });

const answerOf = (problem: unknown) =>
  problem instanceof ApiProblem
    ? [problem.status, problem.code, Number(problem.headers['retry-after']) > 0]
    : `thrown on: ${String(problem)}`;

const down = [503, 'temporal_unavailable', true];
const full = [503, 'overloaded', true];
const later = [503, 'not_processed_yet', true];

/** Every gRPC status, with the answer to a read, a start or a Signal, and the answer to a command. */
const codes: [code: number, name: string, call: unknown[], command: unknown[]][] = [
  [0, 'OK', down, down],
  [1, 'CANCELLED', down, down],
  [2, 'UNKNOWN', down, later],
  [3, 'INVALID_ARGUMENT', down, later],
  [4, 'DEADLINE_EXCEEDED', down, down],
  [5, 'NOT_FOUND', down, down],
  [6, 'ALREADY_EXISTS', down, down],
  [7, 'PERMISSION_DENIED', down, down],
  [8, 'RESOURCE_EXHAUSTED', full, later],
  [9, 'FAILED_PRECONDITION', later, later],
  [10, 'ABORTED', down, later],
  [11, 'OUT_OF_RANGE', down, down],
  [12, 'UNIMPLEMENTED', down, down],
  [13, 'INTERNAL', down, down],
  [14, 'UNAVAILABLE', down, down],
  [15, 'DATA_LOSS', down, down],
  [16, 'UNAUTHENTICATED', down, down],
];
it.each(codes)('gRPC status %i, %s', (code, _, call, command) => {
  for (const error of [grpcError(code), wrapped(code)]) {
    expect(answerOf(temporalProblem(error))).toEqual(call);
    expect(answerOf(updateProblem(error))).toEqual(command);
  }
});

/** Every error class of Temporal's client. */
const classes: [name: string, error: Error, call: unknown[], command: unknown[]][] = [
  ['ServiceError without a gRPC status', new ServiceError('x', { cause: new Error('Channel closed') }), down, down],
  ['NamespaceNotFoundError', new NamespaceNotFoundError('default'), down, down],
  ['WorkflowNotFoundError', new WorkflowNotFoundError('closed', 'order:1', undefined), down, down],
  ['WorkflowExecutionAlreadyStartedError', new WorkflowExecutionAlreadyStartedError('x', 'order:1', 'x'), down, down],
  ['WorkflowContinuedAsNewError', new WorkflowContinuedAsNewError('x', 'run-2'), down, down],
  ['WorkflowFailedError', failedRun(new TerminatedFailure('terminated')), down, down],
  ['IllegalStateError', new IllegalStateError('the client is closed'), down, down],
  ['QueryNotRegisteredError', new QueryNotRegisteredError('no query "order"', 3), later, later],
  ['QueryRejectedError', new QueryRejectedError(1), later, later],
  ['WorkflowUpdateRPCTimeoutOrCancelledError', new WorkflowUpdateRPCTimeoutOrCancelledError('x'), later, later],
  ['an Update without a cause', refused(undefined), later, later],
  ['an Update that workflow code does not know', refused(unknownUpdate()), later, later],
  ['an Update whose handler was cancelled', refused(new CancelledFailure('cancelled')), later, later],
  ['an Update whose run closed', refused(failure('AcceptedUpdateCompletedWorkflow')), later, later],
  [
    'an Update whose handler ran out of time',
    refused(new TimeoutFailure('x', undefined, 'START_TO_CLOSE')),
    later,
    later,
  ],
];
it.each(classes)('%s', (_, error, call, command) => {
  expect(answerOf(temporalProblem(error))).toEqual(call);
  expect(answerOf(updateProblem(error))).toEqual(command);
});

describe('other errors', () => {
  it('a refusal of the run keeps its own answer', () => {
    const refusal = { orderStatus: 'shipping', possible: ['receipt'] };
    const problem = updateProblem(refused(failure('wrong_status', refusal)));
    expect(problem).toMatchObject({ code: 'wrong_status', status: 409, extras: refusal });
  });

  it('a bug of the API is not reported as a problem of Temporal', () => {
    const fault = new TypeError('x is not a function');
    expect(temporalProblem(fault)).toBe(fault);
    expect(updateProblem(fault)).toBe(fault);
  });

  it('a problem is not changed', () => {
    const problem = new ApiProblem('not_found', 'There is no such order', {}, { cause: grpcError(14) });
    expect(temporalProblem(problem)).toBe(problem);
    expect(updateProblem(problem)).toBe(problem);
  });
});

function refused(cause: Error | undefined): WorkflowUpdateFailedError {
  return new WorkflowUpdateFailedError('Workflow Update failed', cause);
}

function failedRun(cause: Error): WorkflowFailedError {
  return new WorkflowFailedError('Workflow execution failed', cause, RetryState.NON_RETRYABLE_FAILURE);
}

function failure(type: string, details?: object): ApplicationFailure {
  return ApplicationFailure.create({ message: 'no', type, ...(details ? { details: [details] } : {}) });
}

function unknownUpdate(): ApplicationFailure {
  return failure('ReferenceError');
}
