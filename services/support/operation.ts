import type { z } from 'zod';

/**
 * One route of a service, written once: the server checks and documents with it, the client is typed by it.
 *
 * A refusal is an answer, not a fault: problem+json whose `code` is one of `refusals` (status 409, or the one that the
 * product's contract gives that code), stored under the Idempotency-Key like any other answer, so that the same key is
 * refused again in the same way.
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

/** The operations of one service by name. */
export type Contract = Record<string, Operation>;

/** Keeps the literal types of a contract while checking its shape. */
export function operations<const T extends Contract>(contract: T): T {
  return contract;
}

export type ParamsOf<O> = O extends { params: infer S extends z.ZodType } ? z.output<S> : undefined;
export type QueryOf<O> = O extends { query: infer S extends z.ZodType } ? z.output<S> : undefined;
export type BodyOf<O> = O extends { body: infer S extends z.ZodType } ? z.output<S> : undefined;
export type AnswerOf<O> = O extends { answer: infer S extends z.ZodType } ? z.output<S> : never;
export type KeyOf<O> = O extends { idempotent: true } ? string : undefined;
export type RefusalOf<O> = O extends { refusals: readonly (infer Code extends string)[] } ? Code : never;
