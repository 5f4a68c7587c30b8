import type { FastifyInstance } from 'fastify';

/**
 * The headers that every answer begins with. A route that needs another value sets it: the page of the documents runs its own scripts, and
 * its files may be kept.
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
