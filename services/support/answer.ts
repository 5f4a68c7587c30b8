import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { defined } from '../../contracts/defined.js';
import { idempotencyKeySyntax, isIdempotencyKey } from '../../src/platform/idempotency-key.js';
import { Problem, problemType } from '../../src/platform/problem.js';
import type { Handler, IdempotentHandler, OperationRequest } from './handlers.js';
import { onceByKey, type StoredAnswer } from './idempotency.js';
import type { Operation } from './operation.js';
import { Rejection } from './errors.js';
import { recordUndone, undone, undoneByAnother } from './undone.js';

interface Route<DB> {
  name: string;
  operation: Operation;
  handler: Handler<Operation, DB> | IdempotentHandler<Operation, DB>;
  db: Kysely<DB>;
  /** Aborts when the service stops. */
  stopping: AbortController;
}

const nothing = z.strictObject({});
const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

/** Mounts one operation: checks what comes in, runs the handler (once by key), checks and sends what goes out. */
export function answerOperation<DB>(app: FastifyInstance, route: Route<DB>): void {
  const { operation, name } = route;
  const problem = { content: { 'application/problem+json': { schema: problemSchema } } };
  const rejected = operation.rejections?.length
    ? { 409: { description: `Refused: ${operation.rejections.join(', ')}`, ...problem } }
    : {};
  app.route({
    method: operation.method,
    url: operation.path,
    config: { idempotent: operation.idempotent === true } as object,
    schema: {
      operationId: name,
      summary: operation.summary,
      querystring: operation.query ?? nothing,
      ...defined({ params: operation.params, body: operation.body }),
      response: { 200: operation.answer, ...rejected, default: { description: 'Not done', ...problem } },
    },
    handler: async (request, reply) => {
      const input: OperationRequest<Operation> = {
        params: request.params as never,
        query: request.query as never,
        body: request.body as never,
        key: (operation.idempotent ? keyOf(request) : undefined) as never,
        ...runOf(request),
        log: request.log,
        get signal() {
          return signalOf(reply, route.stopping);
        },
      };
      if (operation.idempotent) return sendStored(reply, await answerOnce(route, input));
      const answer = await checkedAnswer(route, optionsOf(route.handler).handle, input, route.db);
      return sendStored(reply, { status: 200, body: JSON.stringify(answer) });
    },
  });
}

async function answerOnce<DB>(route: Route<DB>, input: OperationRequest<Operation>) {
  const { params, query, body, run } = input;
  const { name, db } = route;
  const { prepare, handle, undoes, reliesOn } = optionsOf(route.handler);
  const call = { key: input.key as unknown as string, operation: name, input: { params, query, body } };
  const before = prepare && (() => prepare(input, db));
  const effects = reliesOn?.(input) ?? [];
  const answer = await onceByKey(db, call, before, async (tx) => {
    try {
      const made = await checkedAnswer(route, handle, input, tx);
      await recordUndone(tx, undoes?.(input, made as never) ?? [], run);
      return JSON.stringify(made);
    } catch (error) {
      // A call after the undo is rejected in any case; a run that was reset gets the reason.
      const another = error instanceof Rejection && run !== undefined && (await undoneByAnother(tx, effects, run));
      throw another ? undone(name) : error;
    }
  });
  if (answer.replayed && answer.status === 200 && (await undoneByAnother(db, effects, run))) throw undone(name);
  return answer;
}

function optionsOf<DB>(handler: Route<DB>['handler']): IdempotentHandler<Operation, DB> {
  return typeof handler === 'function' ? { handle: handler } : handler;
}

/** @throws {Error} for an answer or a rejection that the contract does not list: a bug of the service, so 500. */
async function checkedAnswer<DB>(
  { operation, name }: Route<DB>,
  handle: Handler<Operation, DB>,
  input: OperationRequest<Operation>,
  db: Kysely<DB>,
): Promise<unknown> {
  let answer: unknown;
  try {
    answer = await handle(input, db);
  } catch (error) {
    if (error instanceof Rejection && error.code !== 'invalid_cursor' && !operation.rejections?.includes(error.code)) {
      throw new Error(`${name} rejects with ${error.code}, which its contract does not list`, { cause: error });
    }
    throw error;
  }
  const checked = operation.answer.safeParse(answer);
  if (!checked.success) throw new Error(`The answer of ${name} does not fit its contract: ${checked.error.message}`);
  return checked.data;
}

function keyOf(request: FastifyRequest): string {
  const key = request.headers['idempotency-key'];
  if (!key) throw new Problem(400, 'idempotency_key_required', 'This call needs the header Idempotency-Key');
  if (isIdempotencyKey(key)) return key;
  const message = `Idempotency-Key must be ${idempotencyKeySyntax}`;
  throw new Problem(422, 'validation_failed', message, { errors: [{ path: '', message }] });
}

/** A malformed run id counts as none. */
function runOf({ headers }: FastifyRequest): { run?: string } {
  const run = headers['orderflow-run'];
  return typeof run === 'string' && /^[\x21-\x7e]{1,255}$/.test(run) ? { run } : {};
}

function signalOf(reply: FastifyReply, stopping: AbortController): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  if (reply.raw.destroyed) gone.abort();
  return AbortSignal.any([gone.signal, stopping.signal]);
}

function sendStored(reply: FastifyReply, answer: StoredAnswer & { replayed?: boolean }) {
  if (answer.replayed) void reply.header('idempotent-replayed', 'true');
  return reply
    .status(answer.status)
    .type(answer.status === 200 ? 'application/json' : problemType)
    .send(answer.body);
}
