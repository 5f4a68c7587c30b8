import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { Problem } from './problem.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers without the token. */
    open?: true;
  }
}

/** Answers 401 to every request without the token, also where there is no such route, but for routes that are open. */
export function requireToken(app: FastifyInstance, token: string): void {
  const known = digest(token);
  app.addHook('onRequest', (request, reply, done) => {
    const given = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    // Digests are of one length, and how long comparing them takes tells nothing of the token.
    if (request.routeOptions.config.open || (given !== undefined && timingSafeEqual(digest(given), known))) {
      return done();
    }
    void reply.header('www-authenticate', 'Bearer');
    done(new Problem(401, 'unauthorized', 'Send the token of the services as Authorization: Bearer SERVICE_TOKEN'));
  });
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
