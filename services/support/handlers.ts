import type { FastifyBaseLogger } from 'fastify';
import type { Kysely } from 'kysely';
import type { AnswerOf, BodyOf, Contract, KeyOf, ParamsOf, QueryOf } from './operation.js';

/** The input of a handler: validated values only. */
export interface OperationRequest<O> {
  params: ParamsOf<O>;
  query: QueryOf<O>;
  body: BodyOf<O>;
  /** The Idempotency-Key of an idempotent operation. */
  key: KeyOf<O>;
  /** The workflow run that calls, where the header Orderflow-Run names it. */
  run?: string;
  /** Aborts when the caller has gone or the service stops; for answers that wait for something. */
  readonly signal: AbortSignal;
  log: FastifyBaseLogger;
}

/**
 * Does the work of an operation. `db` is the open transaction of an idempotent operation, else the pool.
 *
 * @throws {Rejection} with a code that the contract lists. Any other error is answered with 500 and is not stored.
 */
export type Handler<O, DB> = (request: OperationRequest<O>, db: Kysely<DB>) => Promise<AnswerOf<O>>;

/** The handler of an idempotent operation, with optional extras. */
export interface IdempotentHandler<O, DB> {
  /** Work to do first, outside the transaction; skipped when the answer is stored. */
  prepare?: (request: OperationRequest<O>, db: Kysely<DB>) => Promise<void>;
  handle: Handler<O, DB>;
  /** Names of the effects that this call undoes. */
  undoes?: (request: OperationRequest<O>, answer: AnswerOf<O>) => string[];
  /** Names of the effects that the call has or needs: when another run has undone one, the answer is `undone`. */
  reliesOn?: (request: OperationRequest<O>) => string[];
}

export type Handlers<C extends Contract, DB> = {
  [Name in keyof C]:
    Handler<C[Name], DB> | (C[Name] extends { idempotent: true } ? IdempotentHandler<C[Name], DB> : never);
};
