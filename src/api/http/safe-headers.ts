import type { FastifyInstance } from 'fastify';

/**
 * The default headers of every answer. Routes override them where they must: the documentation page runs its own scripts, and its files may
 * be cached.
 */
export const safeHeaders = {
  // Orders hold names and addresses.
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

export function addSafeHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(safeHeaders);
    done();
  });
}
