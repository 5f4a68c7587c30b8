import type { FastifyInstance } from 'fastify';
import { bearerToken, secret } from '../../src/platform/bearer.js';
import { Problem } from '../../src/platform/problem.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers without the token. */
    open?: true;
  }
}

/** Answers 401 to every request without the token, also for routes that do not exist. Routes with `config: { open: true }` need none. */
export function requireToken(app: FastifyInstance, token: string): void {
  const isToken = secret(token);
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.routeOptions.config.open || isToken(bearerToken(request.headers.authorization))) return done();
    done(new Problem(401, 'unauthorized', 'Send the token of the services as Authorization: Bearer SERVICE_TOKEN'));
  });
}
