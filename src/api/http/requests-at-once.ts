import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiProblem } from '../problems/problem.js';

/**
 * Answers `overloaded` at once when too many requests are in progress: each holds memory, and one that waits too long is of no use to its
 * sender. Event streams have limits of their own. Probes and metrics are answered always.
 */
export function limitRequestsAtOnce(fastify: FastifyInstance, atOnce: number): void {
  let inProgress = 0;
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!isCounted(request)) return done();
    if (inProgress >= atOnce) {
      return done(new ApiProblem('overloaded', 'Too many requests are in progress. Send this one again later'));
    }
    inProgress += 1;
    reply.raw.once('close', () => (inProgress -= 1));
    return done();
  });
}

function isCounted({ routeOptions: { url = '' } }: FastifyRequest): boolean {
  return url.startsWith('/v1/') && !url.endsWith('/events');
}
