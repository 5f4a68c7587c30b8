import type { FastifyBaseLogger } from 'fastify';
import type { Kysely } from 'kysely';
import type { AnswerOf, BodyOf, Contract, KeyOf, ParamsOf, QueryOf } from './operation.js';

/** What a handler gets: checked values alone. */
export interface OperationRequest<O> {
  params: ParamsOf<O>;
  query: QueryOf<O>;
  body: BodyOf<O>;
  /** The Idempotency-Key of an idempotent operation. */
  key: KeyOf<O>;
  /** Aborts when the caller is gone or the service stops; for answers that wait for something. */
  readonly signal: AbortSignal;
  log: FastifyBaseLogger;
}

/**
 * Does an operation's work. `db` is the open transaction of an idempotent operation, else the pool.
 *
 * @throws {Refusal} to refuse, with a code that the contract lists. Any other error is a fault (500) and is stored nowhere.
 */
export type Handler<O, DB> = (request: OperationRequest<O>, db: Kysely<DB>) => Promise<AnswerOf<O>>;

/** A handler of an idempotent operation with work to do first, outside the transaction; skipped when the answer is stored. */
export interface PreparedHandler<O, DB> {
  prepare: (request: OperationRequest<O>, db: Kysely<DB>) => Promise<void>;
  handle: Handler<O, DB>;
}

export type Handlers<C extends Contract, DB> = {
  [Name in keyof C]:
    Handler<C[Name], DB> | (C[Name] extends { idempotent: true } ? PreparedHandler<C[Name], DB> : never);
};
