import { problemCodes } from '../../contracts/failures.js';
import { Problem } from '../../src/platform/problem.js';

/**
 * A service rejects a call: a decision, not a defect. Never retried.
 *
 * A handler throws it with one of the operation's `rejections`: what the handler wrote is rolled back, and the rejection is stored under
 * the Idempotency-Key, so the same key is rejected again. It is answered with the status that the product's contract gives its code
 * (not_found: 404), else with 409. The client throws it again to the caller.
 */
export class Rejection extends Problem {
  override name = 'Rejection';

  constructor(
    code: string,
    message: string,
    /** The client sets the service and the operation that it called. */
    readonly service?: string,
    readonly operation?: string,
  ) {
    super((problemCodes as Record<string, number>)[code] ?? 409, code, message);
  }
}

/**
 * The service rejected the call for a reason that the operation does not list: the call is wrong (a bug of the caller), or the token is. The
 * same call is rejected again until somebody repairs that.
 */
export class UnexpectedRejection extends Error {
  override name = 'UnexpectedRejection';

  constructor(
    readonly service: string,
    readonly operation: string,
    message: string,
    /** HTTP status, 4xx. */
    readonly status: number,
  ) {
    super(message);
  }
}

/** The call has no usable answer: it may or may not have taken effect. Repeat it with the same key. */
export class Fault extends Error {
  override name = 'Fault';

  constructor(
    readonly service: string,
    readonly operation: string,
    message: string,
    /** HTTP status, when there was an answer. */
    readonly status?: number,
    /** How long the service asks callers to wait, in milliseconds. */
    readonly retryAfterMs?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
