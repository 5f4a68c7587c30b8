import swagger from '@fastify/swagger';
import Fastify, { LogController, type FastifyBaseLogger, type FastifyError, type FastifyInstance } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import type { Kysely } from 'kysely';
import type { z } from 'zod';
import { answerOperation } from './answer.js';
import { checkDatabase, isDatabaseUnavailable } from './database.js';
import { unstorable } from './json.js';
import type { Handlers } from './handlers.js';
import type { Contract, Operation } from './operation.js';
import { requireToken } from './token.js';
import { Problem, Refusal, invalidInput, problemBody, problemOfFramework } from './problem.js';

export interface ServeOptions<C extends Contract, DB> {
  name: string;
  contract: C;
  handlers: Handlers<C, DB>;
  db: Kysely<DB>;
  /** What callers send as `Authorization: Bearer`. */
  token: string;
  /** pino's levels, and `silent`. */
  logLevel?: string;
  /** Largest body taken, in bytes. */
  bodyLimit?: number;
}

/**
 * Builds the HTTP server of a service from its contract; call `listen` on it. Besides the operations it answers
 * GET /health (200, or 503 while the database does not answer) and GET /openapi.json, the only two that take no token. Errors are
 * problem+json.
 */
export async function serveOperations<C extends Contract, DB>(options: ServeOptions<C, DB>): Promise<FastifyInstance> {
  const app = Fastify({
    logger: { level: options.logLevel ?? 'info', name: options.name },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.bodyLimit ?? 1024 * 1024,
    requestTimeout: 30_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 300 },
    frameworkErrors: (error, request, reply) => void sendError(error, request.log, reply),
  });
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler<z.ZodType>(({ schema, httpPart }) => checker(schema, httpPart ?? 'body'));
  // Answers are checked and written by answerOperation, which has to store the very text that it sends.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler<FastifyError>((error, request, reply) => sendError(error, request.log, reply));
  requireToken(app, options.token);
  app.setNotFoundHandler((request, reply) => {
    const detail = `${options.name} has no ${request.method} ${request.url.split('?')[0]?.slice(0, 200)}; see /openapi.json`;
    return send(reply, new Problem(404, 'no_such_route', detail));
  });

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: `Orderflow ${options.name}`, version: '1' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'SERVICE_TOKEN' } } },
      security: [{ token: [] }],
    },
    transform: (document) => {
      const out = jsonSchemaTransform(document);
      const { idempotent } = (document.route.config ?? {}) as { idempotent?: boolean };
      return idempotent ? { ...out, schema: { ...out.schema, headers: idempotencyHeader } } : out;
    },
  });

  const stopping = new AbortController();
  app.addHook('preClose', (done) => {
    stopping.abort();
    done();
  });
  // Else a connection whose last answer comes after the stop is kept open by its client, and the stop waits for it.
  app.addHook('onSend', (_, reply, payload, done) => {
    if (stopping.signal.aborted) void reply.header('connection', 'close');
    done(null, payload);
  });
  app.addHook('onResponse', (request, reply, done) => {
    request.log.debug(
      { method: request.method, url: request.url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'answered',
    );
    done();
  });

  for (const [name, operation] of Object.entries<Operation>(options.contract)) {
    answerOperation(app, { name, operation, handler: options.handlers[name] as never, db: options.db, stopping });
  }

  app.get('/health', { schema: { hide: true }, config: { open: true } }, async () => {
    try {
      await checkDatabase(options.db);
    } catch (error) {
      throw new Problem(503, 'database_unavailable', (error as Error).message, { retryAfterS: 1 });
    }
    return { status: 'up', service: options.name };
  });
  app.get('/openapi.json', { schema: { hide: true }, config: { open: true } }, () => app.swagger());
  await app.ready();
  return app;
}

const idempotencyHeader = {
  type: 'object',
  required: ['Idempotency-Key'],
  properties: {
    'Idempotency-Key': {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      description: 'Names this call: repeated with the same key and input it gives the stored answer and does nothing.',
    },
    'Orderflow-Run': {
      type: 'string',
      description:
        'The workflow run that calls. A stored answer whose effect another run has undone since is not given: 409 `undone`.',
    },
  },
};

function checker(schema: z.ZodType, part: string) {
  return (data: unknown) => {
    const result = schema.safeParse(data);
    if (!result.success) return { error: invalidInput(part, result.error.issues) };
    const bad = unstorable(result.data);
    if (bad) return { error: invalidInput(part, [{ code: 'custom', input: undefined, ...bad }]) };
    return { value: result.data };
  };
}

type Reply = Parameters<Parameters<FastifyInstance['setErrorHandler']>[0]>[2];

function sendError(error: FastifyError | Error, log: FastifyBaseLogger, reply: Reply) {
  if (error instanceof Refusal) return send(reply, new Problem(error.status, error.code, error.message));
  if (error instanceof Problem) return send(reply, error);
  const problem = problemOfFramework(error as FastifyError);
  if (problem) return send(reply, problem);
  if (isDatabaseUnavailable(error)) {
    log.warn({ err: error }, 'the database is not available');
    return send(reply, new Problem(503, 'database_unavailable', 'The database is not available', { retryAfterS: 1 }));
  }
  log.error({ err: error }, 'fault');
  return send(reply, new Problem(500, 'internal_error', 'The service failed; its log says why. Try again'));
}

function send(reply: Reply, problem: Problem) {
  if (problem.extra.retryAfterS !== undefined) void reply.header('retry-after', String(problem.extra.retryAfterS));
  return reply
    .status(problem.status)
    .type('application/problem+json')
    .send(JSON.stringify(problemBody(problem.status, problem.code, problem.message, problem.extra.errors)));
}
