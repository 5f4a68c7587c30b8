import type { Failure } from './view.schema.js';

export type { Failure };

/** Why an order ended early, or needs a person: `failure.code` in the view and the failure type of a failed run. */
export const orderFailures = {
  out_of_stock: 'failed',
  unknown_sku: 'failed',
  payment_declined: 'failed',
  fraud_rejected: 'failed',
  payment_deadline: 'cancelled',
  customer_deadline: 'cancelled',
  review_deadline: 'cancelled',
  cancelled_by_customer: 'cancelled',
  cancelled_by_operator: 'cancelled',
  returned_to_sender: 'cancelled',
  /** The carrier does not deliver there. */
  undeliverable_address: 'failed',
  /** No parcel arrived and none could be sent again. The whole payment is refunded. */
  lost_in_transit: 'cancelled',
  service_unavailable: 'needs_attention',
  /** A service rejected a call for a reason that its contract does not list: a bug, or a wrong SERVICE_TOKEN. */
  service_rejected_call: 'needs_attention',
  /** The run was reset from the Web UI and met effects that an earlier run has undone. */
  reset_after_undo: 'needs_attention',
  /** The run was ended from outside: terminated, timed out, or its history grew too large. */
  terminated: 'needs_attention',
  /** The workflow code of the worker cannot replay the run. */
  code_mismatch: 'needs_attention',
} as const satisfies Record<string, 'failed' | 'cancelled' | 'needs_attention'>;
export type OrderFailureCode = keyof typeof orderFailures;

/** Why a process ends early. */
export type FailureCode =
  | OrderFailureCode
  /** An operator rejected the return. */
  | 'return_rejected';

/** How an order ends for this reason. A code that is not listed comes from a service that rejected a call. */
export function endStatusOf(code: string): 'failed' | 'cancelled' {
  return (orderFailures as Record<string, string>)[code] === 'cancelled' ? 'cancelled' : 'failed';
}

/**
 * The message for the shop when a service fails or rejects a call unexpectedly. The details (addresses, statuses, stacks) are in the
 * worker's log and in the run's history.
 */
export function serviceTrouble(code: 'service_unavailable' | 'service_rejected_call', service: string): Failure {
  const what = code === 'service_unavailable' ? 'cannot be reached, or it fails' : 'rejects this call';
  return { code, message: `The ${service} service ${what}.` };
}

/** The service in a message of {@link serviceTrouble}; undefined for every other failure. */
export function serviceOf({ code, message }: Failure): string | undefined {
  if (code !== 'service_unavailable' && code !== 'service_rejected_call') return undefined;
  return /^The ([\w-]+) service /.exec(message)?.[1];
}

/** The API's problem codes, each with the HTTP status of its answer. */
export const problemCodes = {
  malformed_json: 400,
  idempotency_key_required: 400,
  invalid_query: 400,
  invalid_cursor: 400,
  webhook_too_old: 400,
  unknown_host: 400,
  unauthorized: 401,
  invalid_signature: 401,
  forbidden: 403,
  not_found: 404,
  wrong_status: 409,
  not_cancellable: 409,
  order_ended: 409,
  too_many_changes: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  validation_failed: 422,
  idempotency_key_reused: 422,
  unknown_step: 422,
  not_skippable: 422,
  return_exceeds_delivered: 422,
  rate_limited: 429,
  overloaded: 503,
  temporal_unavailable: 503,
  not_processed_yet: 503,
} as const;
export type ProblemCode = keyof typeof problemCodes;
