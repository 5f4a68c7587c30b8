import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiProblem } from '../problems/problem.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The bytes of a JSON body, for signatures. */
    rawBody?: Buffer;
  }
}

/** The largest body that is taken, in bytes. */
export const bodyLimit = 256 * 1024;

/**
 * Takes `application/json` in UTF-8 and no other body. An empty one counts as none.
 *
 * Keys that would reach into prototypes are refused.
 */
export function parseJsonBodies(fastify: FastifyInstance): void {
  const parseText = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  const parse = (request: FastifyRequest, body: Buffer, done: Done): void => {
    request.rawBody = body;
    if (body.length === 0) return done(null, undefined);
    const text = utf8(body);
    if (text === undefined) return done(malformed('it is not UTF-8'));
    void parseText(request, text, (error, value) =>
      error ? done(malformed('it is not a JSON value')) : done(null, value),
    );
  };
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer', bodyLimit }, parse);
}

type Done = (error: Error | null, value?: unknown) => void;

function utf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function malformed(why: string): ApiProblem {
  return new ApiProblem('malformed_json', `The body cannot be read as JSON: ${why}`);
}
