/** The service said no: a decision, not a defect. Calling again with the same key gives the same. */
export class ServiceRefusal extends Error {
  override name = 'ServiceRefusal';

  constructor(
    readonly service: string,
    readonly operation: string,
    /** One of the operation's `refusals`. */
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * The service rejected the call for a reason that the operation does not list: the call is wrong (a bug of the caller), or it was not let in (a
 * wrong token). Calling again gives the same until somebody repairs that.
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
export class ServiceFault extends Error {
  override name = 'ServiceFault';

  constructor(
    readonly service: string,
    readonly operation: string,
    message: string,
    /** HTTP status, when there was an answer. */
    readonly status?: number,
    /** How long the service asks to be left alone, in milliseconds. */
    readonly retryAfterMs?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
