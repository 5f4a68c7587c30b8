import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Leaves a body unread when its request is answered before it has come in whole: for another host, without a key, too large. By itself Node
 * would read the rest to its end.
 *
 * @param lingerMs how long the client has to read the answer
 */
export function leaveBodiesUnread(fastify: FastifyInstance, lingerMs: number): void {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    if (hasBody(request) && !request.raw.complete) {
      void reply.header('connection', 'close');
      closeUnread(request, lingerMs);
    }
    done(null, payload);
  });
}

export function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Closed at once, a connection with unread bytes is reset, and the answer may be lost. */
function closeUnread({ raw }: FastifyRequest, lingerMs: number): void {
  const { socket } = raw;
  // Asked for once, the body counts as taken, so that Node does not read it; its buffer bounds what has come.
  raw.read(0);
  socket.destroySoon = () => {
    socket.end();
    setTimeout(() => socket.destroy(), lingerMs).unref();
  };
}
