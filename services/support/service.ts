import { randomUUID } from 'node:crypto';
import swagger from '@fastify/swagger';
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { Problem, sendProblem } from '../../src/platform/problem.js';
import { answerOperation } from './answer.js';
import { checkDatabase, type Db } from './database.js';
import type { Handlers } from './handlers.js';
import type { Contract, Operation } from './operation.js';
import { databaseUnavailable, invalidInput, problemOf } from './problem.js';
import type { ServiceDefinition } from './run.js';
import { findUnstorable } from './storable.js';
import { requireToken } from './token.js';

export interface ServeOptions<C extends Contract> extends Pick<
  ServiceDefinition<C>,
  'name' | 'contract' | 'bodyLimit'
> {
  handlers: Handlers<C>;
  db: Db;
  /** What callers send as `Authorization: Bearer`. */
  token: string;
  log: FastifyBaseLogger;
  /** Aborts when the service stops. */
  stopping: AbortSignal;
}

/**
 * Builds the HTTP server of a service from its contract; call `listen` on it. Besides the operations it answers GET /health (200, or 503
 * while the database does not answer) and GET /openapi.json, the only two that need no token. Errors are problem+json.
 */
export async function serveOperations<C extends Contract>(options: ServeOptions<C>): Promise<FastifyInstance> {
  const { name, contract, handlers, db, log, bodyLimit = 1024 * 1024, stopping } = options;
  const app: FastifyInstance = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    requestTimeout: 30_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 300 },
    genReqId: () => randomUUID(),
    frameworkErrors: answerError,
  });
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler<z.ZodType>(({ schema, httpPart }) => validator(schema, httpPart ?? 'body'));
  // answerOperation writes the answers, because it stores exactly the text that it sends.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler<Error>(answerError);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0]?.slice(0, 200);
    sendProblem(
      reply,
      new Problem(404, 'no_such_route', `${name} has no ${request.method} ${path}; see /openapi.json`),
    );
  });
  requireToken(app, options.token);
  logAnswers(app);
  closeConnectionsOnStop(app, stopping);
  await describeOperations(app, name);

  for (const [operationName, operation] of Object.entries<Operation>(contract)) {
    answerOperation(app, { name: operationName, operation, handler: handlers[operationName] as never, db });
  }
  app.get('/health', { schema: { hide: true }, config: { open: true } }, async () => {
    await checkDatabase(db).catch((error: Error) => {
      throw databaseUnavailable(error.message);
    });
    return { status: 'up', service: name };
  });
  app.get('/openapi.json', { schema: { hide: true }, config: { open: true } }, () => app.swagger());
  await app.ready();
  return app;
}

function validator(schema: z.ZodType, part: string) {
  return (data: unknown) => {
    const result = schema.safeParse(data);
    if (!result.success) return { error: invalidInput(part, result.error.issues) };
    const unstorable = findUnstorable(result.data);
    return unstorable ? { error: invalidInput(part, [unstorable]) } : { value: result.data };
  };
}

/** Every line of `request.log` has the request id. */
function answerError(error: Error, { id, log }: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error);
  if (!problem) log.error({ err: error }, 'Unexpected error');
  else if (problem.code === 'database_unavailable') log.warn({ err: error }, 'The database is not available');
  sendProblem(
    reply,
    problem ??
      new Problem(
        500,
        'internal_error',
        `Internal error. The log of the service has the details under request id ${id}.`,
      ),
  );
}

function logAnswers(app: FastifyInstance): void {
  app.addHook('onResponse', (request, reply, done) => {
    const { method, url } = request;
    request.log.debug({ method, url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'answered');
    done();
  });
}

/** The stop would wait for idle clients otherwise. */
function closeConnectionsOnStop(app: FastifyInstance, stopping: AbortSignal): void {
  app.addHook('onSend', (_, reply, payload, done) => {
    if (stopping.aborted) void reply.header('connection', 'close');
    done(null, payload);
  });
}

async function describeOperations(app: FastifyInstance, name: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: `Orderflow ${name}`, version: '1' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'SERVICE_TOKEN' } } },
      security: [{ token: [] }],
    },
    transform: (document) => {
      const out = jsonSchemaTransform(document);
      const { idempotent } = (document.route.config ?? {}) as { idempotent?: boolean };
      return idempotent ? { ...out, schema: { ...out.schema, headers: idempotencyHeader } } : out;
    },
  });
}

const idempotencyHeader = {
  type: 'object',
  required: ['Idempotency-Key'],
  properties: {
    'Idempotency-Key': {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      description:
        'Names this call. The same key with the same input repeats the stored answer and has no other effect.',
    },
    'Orderflow-Run': {
      type: 'string',
      description:
        'The workflow run that calls. Where another run has undone the effect since, the answer is 409 `undone` instead of the stored one.',
    },
  },
};
