import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { routeOf } from './route.js';

/**
 * Logs a line for each answered request: the route, the status, the duration and the name of the key. Never the path itself, a header or a
 * body: these may hold keys, tokens and addresses.
 */
export function logRequests(fastify: FastifyInstance, logger: Logger): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = routeOf(request);
    const { method, principal } = request;
    const line = { method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime), key: principal?.name };
    if (reply.statusCode === 401) logger.warn(line, 'answered');
    // Probes call every few seconds.
    else if (/^\/(health\/|metrics$)/.test(route ?? '')) logger.debug(line, 'answered');
    else logger.info(line, 'answered');
    done();
  });
}
