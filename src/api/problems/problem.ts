import { defined } from '../../../contracts/defined.js';
import { problemCodes, type ProblemCode } from '../../../contracts/failures.js';
import type { Command, OrderStatus } from '../../../contracts/statuses.js';
import { Problem, type ProblemBody, type ProblemExtras } from '../../platform/problem.js';

/** `internal_error` is not part of the contract: it reports a bug of the API. */
export type ApiProblemCode = ProblemCode | 'internal_error';

interface ApiProblemExtras extends ProblemExtras {
  orderStatus?: OrderStatus;
  /** The commands that the order accepts now. */
  possible?: Command[];
}

export type ApiProblemBody = ProblemBody & ApiProblemExtras;

export const problemTitles: Record<ApiProblemCode, string> = {
  malformed_json: 'The body is not JSON',
  idempotency_key_required: 'The Idempotency-Key is missing or malformed',
  invalid_query: 'The query is not valid',
  invalid_cursor: 'The cursor is not valid',
  webhook_too_old: "The webhook timestamp is too far from the server's clock",
  unknown_host: 'Unknown host',
  unauthorized: 'No valid API key',
  invalid_signature: 'The signature does not match',
  forbidden: 'The API key does not allow this',
  not_found: 'Not found',
  wrong_status: 'Not possible in this status',
  not_cancellable: 'The order can no longer be cancelled',
  order_ended: 'The order has ended',
  too_many_changes: 'The order accepts no more changes of this kind',
  body_too_large: 'The body is too large',
  unsupported_media_type: 'The body is not application/json',
  validation_failed: 'The body is not valid',
  idempotency_key_reused: 'The Idempotency-Key belongs to another request',
  unknown_step: 'The order has no such step',
  not_skippable: 'The step cannot be skipped',
  return_exceeds_delivered: 'More than was delivered',
  rate_limited: 'Too many requests',
  overloaded: 'Temporarily unavailable',
  temporal_unavailable: 'Temporal does not answer',
  not_processed_yet: 'Not processed yet',
  internal_error: 'Internal error',
};

/** Seconds after which the same request is worth another try. */
const retryAfterS: Partial<Record<ApiProblemCode, number>> = {
  rate_limited: 1,
  overloaded: 2,
  temporal_unavailable: 5,
  not_processed_yet: 2,
};

/** A problem with a code of the contract, which determines its status, type and title. */
export class ApiProblem extends Problem {
  override name = 'ApiProblem';

  constructor(
    override readonly code: ApiProblemCode,
    detail: string,
    override readonly extras: ApiProblemExtras = {},
    options: ErrorOptions & { retryAfterS?: number } = {},
  ) {
    const status = code === 'internal_error' ? 500 : problemCodes[code];
    super(status, code, detail, extras, { ...defined({ retryAfterS: retryAfterS[code] }), ...options });
  }

  override get type(): string {
    return `urn:orderflow:problem:${this.code}`;
  }

  override get title(): string {
    return problemTitles[this.code];
  }
}

/** The same answer for an order that does not exist and for one that the key may not see. */
export const orderNotFound = (): ApiProblem => new ApiProblem('not_found', 'There is no such order');
