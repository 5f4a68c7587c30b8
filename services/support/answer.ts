import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { defined } from '../../contracts/defined.js';
import { idempotencyKeySyntax, isIdempotencyKey } from '../../src/platform/idempotency-key.js';
import { Problem, problemType } from '../../src/platform/problem.js';
import type { Db } from './database.js';
import type { Handler, IdempotentHandler, OperationRequest } from './handlers.js';
import { onceByKey, type StoredAnswer } from './idempotency.js';
import type { Operation } from './operation.js';
import { Rejection } from './errors.js';
import { recordUndone, undone, undoneByAnother } from './undone.js';

interface Route {
  name: string;
  operation: Operation;
  handler: Handler<Operation> | IdempotentHandler<Operation>;
  db: Db;
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

/**
 * Mounts one operation: checks what comes in, runs the handler (once by key), sends what goes out. Only an answer that is stored is checked
 * here: a wrong one would be repeated for ever under its key. The client checks every answer.
 */
export function answerOperation(app: FastifyInstance, route: Route): void {
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
          return signalOf(reply);
        },
      };
      if (operation.idempotent) return sendStored(reply, await answerOnce(route, input));
      try {
        const answer = await (route.handler as Handler<Operation>)(input, route.db);
        return await sendStored(reply, { status: 200, body: JSON.stringify(answer) });
      } catch (error) {
        throw listed(route, error);
      }
    },
  });
}

async function answerOnce(route: Route, input: OperationRequest<Operation>) {
  const { params, query, body, run } = input;
  const { name, db } = route;
  const { decide, undoes, reliesOn } = route.handler as IdempotentHandler<Operation>;
  const call = { key: input.key as unknown as string, operation: name, input: { params, query, body } };
  const effects = reliesOn?.(input) ?? [];
  const answer = await onceByKey(db, call, async (read) => {
    try {
      const { answer: made, effect, ...outcome } = await decide(input, read, db);
      return {
        ...outcome,
        answer: textOf(route, made),
        effect: recordUndone(effect, undoes?.(input, made) ?? [], run),
      };
    } catch (error) {
      // A call after the undo is rejected in any case; a run that was reset gets the reason.
      const another = error instanceof Rejection && run !== undefined && (await undoneByAnother(db, effects, run));
      throw another ? undone(name) : listed(route, error);
    }
  });
  if (answer.replayed && answer.status === 200 && (await undoneByAnother(db, effects, run))) throw undone(name);
  return answer;
}

/** @throws {Error} for an answer that does not fit the contract: a bug of the service, so 500. */
function textOf({ operation, name }: Route, answer: unknown): string {
  const checked = operation.answer.safeParse(answer);
  if (!checked.success) throw new Error(`The answer of ${name} does not fit its contract: ${checked.error.message}`);
  return JSON.stringify(checked.data);
}

/** @returns the error; another one for a rejection that the contract does not list: a bug of the service, so 500. */
function listed({ operation, name }: Route, error: unknown): unknown {
  if (!(error instanceof Rejection) || error.code === 'invalid_cursor' || operation.rejections?.includes(error.code)) {
    return error;
  }
  return new Error(`${name} rejects with ${error.code}, which its contract does not list`, { cause: error });
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

/** Without a reason, each abort would make an exception with a stack. */
const over = new Error('The request is over');

function signalOf({ raw }: FastifyReply): AbortSignal {
  const ending = new AbortController();
  if (raw.destroyed) ending.abort(over);
  else raw.once('close', () => ending.abort(over));
  return ending.signal;
}

function sendStored(reply: FastifyReply, answer: StoredAnswer & { replayed?: boolean }) {
  if (answer.replayed) void reply.header('idempotent-replayed', 'true');
  return reply
    .status(answer.status)
    .type(answer.status === 200 ? 'application/json' : problemType)
    .send(answer.body);
}
