import type { FastifyInstance, FastifyRequest } from 'fastify';
import { hasBody } from '../http/unread-body.js';
import type { ApiKeys } from './api-keys.js';
import { unauthorized } from './principal.js';

/**
 * Checks the key of a request with a body before the body is read, so the API reads nothing from callers without a key. The guard checks all
 * other requests, and the role.
 */
export function checkKeyBeforeBody(fastify: FastifyInstance, keys: ApiKeys): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const isAllowed = !hasBody(request) || !needsKey(request) || keys.principalOf(request.headers.authorization);
    done(isAllowed ? undefined : unauthorized());
  });
}

/** Webhooks have a signature of the body instead of a key. */
function needsKey({ url, is404 }: FastifyRequest): boolean {
  return !is404 && url.startsWith('/v1/') && !url.startsWith('/v1/webhooks/');
}
