import type { z } from 'zod';

/**
 * One route of a service, declared once: the server validates and documents with it, and the client takes its types from it.
 *
 * A rejection is an answer, not a fault: problem+json whose `code` is one of `rejections`. It is stored under the Idempotency-Key like any
 * other answer, so the same key is rejected again. Its status is 409, or the one that the product's contract gives the code.
 */
export interface Operation<Body extends z.ZodType = z.ZodType, Answer extends z.ZodType = z.ZodType> {
  method: 'GET' | 'POST' | 'PUT';
  /** Fastify style, e.g. `/v1/reservations/:orderId/release`. */
  path: string;
  summary: string;
  /** The operation changes something: it needs an Idempotency-Key, and one transaction stores its effect and its answer. */
  idempotent?: boolean;
  params?: z.ZodType;
  query?: z.ZodType;
  body?: Body;
  answer: Answer;
  rejections?: readonly string[];
}

/** What every operation has that changes something of an order. */
export const changing = { method: 'POST', idempotent: true } as const;

/** The operations of one service by name. */
export type Contract = Record<string, Operation>;

/** Checks the shape of a contract and keeps its literal types. */
export function operations<const T extends Contract>(contract: T): T {
  return contract;
}

export type ParamsOf<O> = O extends { params: infer S extends z.ZodType } ? z.output<S> : undefined;
export type QueryOf<O> = O extends { query: infer S extends z.ZodType } ? z.output<S> : undefined;
export type BodyOf<O> = O extends { body: infer S extends z.ZodType } ? z.output<S> : undefined;
export type AnswerOf<O> = O extends { answer: infer S extends z.ZodType } ? z.output<S> : never;
export type KeyOf<O> = O extends { idempotent: true } ? string : undefined;
