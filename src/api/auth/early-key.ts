import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiKeys } from './api-keys.js';
import { unauthorized } from './principal.js';

/**
 * Checks the key of a request with a body before the body is read: whoever has no key makes the API read nothing. The guard
 * checks all other requests, and the role.
 */
export function checkKeyBeforeBody(fastify: FastifyInstance, keys: ApiKeys, lingerMs: number): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!hasBody(request) || !needsKey(request) || keys.principalOf(request.headers.authorization)) return done();
    const problem = unauthorized();
    closeUnread(request, lingerMs);
    void reply
      .code(problem.status)
      .headers({ ...problem.headers, connection: 'close' })
      .header('content-type', 'application/problem+json; charset=utf-8')
      .send(JSON.stringify(problem.body));
  });
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Webhooks are signed instead, and their signature is of the body. */
function needsKey({ url, is404 }: FastifyRequest): boolean {
  return !is404 && url.startsWith('/v1/') && !url.startsWith('/v1/webhooks/');
}

/**
 * Leaves the rest of the body unread, and closes the connection once the client has had time to read the answer: closed at once, a
 * connection with unread bytes is reset, and the answer may be lost.
 */
function closeUnread({ raw }: FastifyRequest, lingerMs: number): void {
  const { socket } = raw;
  // Asked for once, the body counts as taken, and Node does not read it to its end by itself; the buffer bounds what has come.
  raw.read(0);
  socket.destroySoon = () => {
    socket.end();
    setTimeout(() => socket.destroy(), lingerMs).unref();
  };
}
