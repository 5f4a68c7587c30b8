import { problemCodes, type ProblemCode } from '../../../contracts/failures.js';
import type { Command, OrderStatus } from '../../../contracts/statuses.js';

/** `internal_error` is the one code that no client is promised: it says that the fault is here. */
export type ApiProblemCode = ProblemCode | 'internal_error';

export interface ProblemExtras {
  /** What is wrong where; `path` is a JSON pointer into the body, or `/name` of a query parameter. */
  errors?: { path: string; message: string }[];
  orderStatus?: OrderStatus;
  /** What can be asked of the order now. */
  possible?: Command[];
}

/** The body of every answer outside 2xx: RFC 9457, `application/problem+json`. */
export interface ProblemBody extends ProblemExtras {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ApiProblemCode;
}

export const problemTitles: Record<ApiProblemCode, string> = {
  malformed_json: 'The body is not JSON',
  idempotency_key_required: 'An Idempotency-Key is needed',
  invalid_query: 'The query cannot be taken',
  invalid_cursor: 'The cursor cannot be taken',
  webhook_too_old: 'The webhook is not of now',
  unknown_host: 'Another host is asked for',
  unauthorized: 'No valid key',
  invalid_signature: 'The signature does not match',
  forbidden: 'The key may not do this',
  not_found: 'Not found',
  wrong_status: 'Not possible in this status',
  not_cancellable: 'The order cannot be cancelled any more',
  order_ended: 'The order has ended',
  too_many_changes: 'The order takes no more changes of this kind',
  body_too_large: 'The body is too large',
  unsupported_media_type: 'The body is not application/json',
  validation_failed: 'The body cannot be taken',
  idempotency_key_reused: 'The Idempotency-Key belongs to another request',
  unknown_step: 'The order has no such step',
  not_skippable: 'The step cannot be skipped',
  return_exceeds_delivered: 'More than was delivered',
  rate_limited: 'Too many requests',
  overloaded: 'Not available for the moment',
  temporal_unavailable: 'Temporal does not answer',
  not_processed_yet: 'Not processed yet',
  internal_error: 'A fault of the server',
};

/** Seconds after which a repetition makes sense. */
const retryAfterS: Partial<Record<ApiProblemCode, number>> = {
  rate_limited: 1,
  overloaded: 2,
  temporal_unavailable: 5,
  not_processed_yet: 2,
};

/** An error that is its own answer. */
export class ApiProblem extends Error {
  override name = 'ApiProblem';
  readonly status: number;

  constructor(
    readonly code: ApiProblemCode,
    detail: string,
    readonly extras: ProblemExtras = {},
    options?: ErrorOptions,
  ) {
    super(detail, options);
    this.status = code === 'internal_error' ? 500 : problemCodes[code];
  }

  get headers(): Record<string, string> {
    const after = retryAfterS[this.code];
    return {
      ...(after === undefined ? {} : { 'retry-after': String(after) }),
      ...(this.code === 'unauthorized' ? { 'www-authenticate': 'Bearer' } : {}),
    };
  }

  get body(): ProblemBody {
    return {
      type: `urn:orderflow:problem:${this.code}`,
      title: problemTitles[this.code],
      status: this.status,
      detail: this.message,
      code: this.code,
      ...this.extras,
    };
  }
}

/** One answer for what is not there and for what the key may not know of. */
export const orderNotFound = (): ApiProblem => new ApiProblem('not_found', 'There is no such order');
