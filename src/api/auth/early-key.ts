import type { FastifyInstance, FastifyRequest } from 'fastify';
import { hasBody } from '../http/unread-body.js';
import type { ApiKeys } from './api-keys.js';
import { unauthorized } from './principal.js';

/**
 * Checks the key of a request with a body before the body is read: a caller without a key makes the API read nothing. The guard
 * checks all other requests, and the role.
 */
export function checkKeyBeforeBody(fastify: FastifyInstance, keys: ApiKeys): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const isLetIn = !hasBody(request) || !needsKey(request) || keys.principalOf(request.headers.authorization);
    done(isLetIn ? undefined : unauthorized());
  });
}

/** Webhooks are signed instead, and their signature is of the body. */
function needsKey({ url, is404 }: FastifyRequest): boolean {
  return !is404 && url.startsWith('/v1/') && !url.startsWith('/v1/webhooks/');
}
