import type { FastifyRequest } from 'fastify';

/** The route that answers a request; undefined where no route is meant for its path. Never the path itself: it may hold an id or a key. */
export function routeOf(request: FastifyRequest): string | undefined {
  const { url } = request.routeOptions;
  // The operator's page answers every path that no other route takes.
  return request.is404 || url === '/*' ? undefined : url;
}
