import type { z } from 'zod';

/**
 * One route of a service, written once: the server checks and documents with it, the client is typed by it.
 *
 * A refusal is an answer, not a fault: status 409 with problem+json whose `code` is one of `refusals`, stored under the
 * Idempotency-Key like any other answer, so that the same key is refused again in the same way.
 */
export interface Operation<Body extends z.ZodType = z.ZodType, Answer extends z.ZodType = z.ZodType> {
  method: 'GET' | 'POST' | 'PUT';
  /** Fastify style, e.g. `/v1/reservations/:orderId/release`. */
  path: string;
  summary: string;
  /** A changing operation: needs an Idempotency-Key, and its effect and its answer are stored in one transaction. */
  idempotent?: boolean;
  params?: z.ZodType;
  query?: z.ZodType;
  body?: Body;
  answer: Answer;
  refusals?: readonly string[];
}

/** Keeps the literal types of a contract while checking its shape. */
export function operations<const T extends Record<string, Operation>>(contract: T): T {
  return contract;
}
