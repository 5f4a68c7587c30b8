import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiProblem } from '../problems/problem.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The bytes of a JSON body, for signatures. */
    rawBody?: Buffer;
  }
}

/** The largest body accepted, in bytes. */
export const bodyLimit = 256 * 1024;

/**
 * Accepts only `application/json` in UTF-8. An empty body counts as none.
 *
 * The key `__proto__` becomes a normal field. No schema knows it, so validation rejects it with its path.
 */
export function parseJsonBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  const parse = (request: FastifyRequest, body: Buffer, done: Done): void => {
    request.rawBody = body;
    if (body.length === 0) return done(null, undefined);
    const text = utf8(body);
    if (text === undefined) return done(malformed('it is not UTF-8'));
    const value = parsed(text);
    return value === undefined ? done(malformed('it is not a JSON value')) : done(null, value);
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

/** @returns undefined for a text that is not JSON; no JSON text has this value. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function malformed(why: string): ApiProblem {
  return new ApiProblem('malformed_json', `The body cannot be read as JSON: ${why}`);
}
