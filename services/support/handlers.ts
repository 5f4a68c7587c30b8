import type { FastifyBaseLogger } from 'fastify';
import type { Db } from './database.js';
import type { Outcome, Read } from './idempotency.js';
import type { AnswerOf, BodyOf, Contract, KeyOf, ParamsOf, QueryOf } from './operation.js';

/** The input of a handler: validated values only. */
export interface OperationRequest<O> {
  params: ParamsOf<O>;
  query: QueryOf<O>;
  body: BodyOf<O>;
  /** The Idempotency-Key of an idempotent operation. */
  key: KeyOf<O>;
  /** The workflow run that calls, where the header Orderflow-Run names it. */
  run?: string | undefined;
  /** Aborts when the caller has gone; for answers that wait for something. */
  readonly signal: AbortSignal;
  log: FastifyBaseLogger;
}

/** A request about one order: its path or its body has the id. */
export interface AboutOrder {
  params: { orderId: string } | undefined;
  body: object;
}

export function orderIdOf({ params, body }: AboutOrder): string {
  return ({ ...body, ...params } as { orderId: string }).orderId;
}

/**
 * Does the work of an operation.
 *
 * @throws {Rejection} with a code that the contract lists. Any other error is answered with 500.
 */
export type Handler<O> = (request: OperationRequest<O>, db: Db) => Promise<AnswerOf<O>>;

/** The handler of an idempotent operation. */
export interface IdempotentHandler<O> {
  /**
   * Decides: reads the state through `read`, and returns the answer with the statement that writes the effect. What it writes by `db` itself
   * is not rolled back.
   *
   * @throws {Rejection} with a code that the contract lists: it is stored under the key. Any other error is not.
   */
  decide: (request: OperationRequest<O>, read: Read, db: Db) => Promise<Outcome<AnswerOf<O>>>;
  /** Names of the effects that this call undoes. */
  undoes?: (request: OperationRequest<O>, answer: AnswerOf<O>) => string[];
  /** Names of the effects that the call has or needs: when another run has undone one, the answer is `undone`. */
  reliesOn?: (request: OperationRequest<O>) => string[];
}

export type Handlers<C extends Contract> = {
  [Name in keyof C]: C[Name] extends { idempotent: true } ? IdempotentHandler<C[Name]> : Handler<C[Name]>;
};
