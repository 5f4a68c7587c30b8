import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Leaves the rest of a body unread when its request is answered early: wrong host, no key, too large. Node itself would read all of it.
 *
 * @param lingerMs the client's time to read the answer
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

/** The connection closes later: one that is closed with unread bytes is reset, and the answer may be lost. */
function closeUnread({ raw }: FastifyRequest, lingerMs: number): void {
  const { socket } = raw;
  // After one read the body counts as consumed, so Node does not drain it; the socket's buffer limits what has arrived.
  raw.read(0);
  socket.destroySoon = () => {
    socket.end();
    setTimeout(() => socket.destroy(), lingerMs).unref();
  };
}
