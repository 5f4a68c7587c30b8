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
  /** The workflow run that calls (header Orderflow-Run), where it says so. */
  run?: string;
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

/** What an idempotent operation can say besides what it does. */
export interface IdempotentHandler<O, DB> {
  /** Work to do first, outside the transaction; skipped when the answer is stored. */
  prepare?: (request: OperationRequest<O>, db: Kysely<DB>) => Promise<void>;
  handle: Handler<O, DB>;
  /** Names of the effects that this call takes back for good. */
  undoes?: (request: OperationRequest<O>, answer: AnswerOf<O>) => string[];
  /** Names of the effects that it makes or needs: when another run took one back, it is answered `undone`. */
  stands?: (request: OperationRequest<O>) => string[];
}

export type Handlers<C extends Contract, DB> = {
  [Name in keyof C]:
    Handler<C[Name], DB> | (C[Name] extends { idempotent: true } ? IdempotentHandler<C[Name], DB> : never);
};
