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
 * A key `__proto__` becomes a field like any other: no schema knows it, so validation refuses it with its path.
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

/** @returns undefined, which no JSON text means, for a text that is not JSON. */
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
