import type { FastifyError } from 'fastify';
import type { z } from 'zod';
import { problemCodes } from '../../contracts/failures.js';

/** The body of every answer outside 2xx: RFC 9457, `application/problem+json`. */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** Stable, for programs. */
  code: string;
  /** What is wrong where; `path` is a JSON pointer into the body, the query or the path parameters. */
  errors?: { path: string; message: string }[];
}

/** An error with an answer of its own, other than a refusal. */
export class Problem extends Error {
  override name = 'Problem';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly extra: { errors?: { path: string; message: string }[]; retryAfterS?: number } = {},
  ) {
    super(message);
  }
}

/**
 * Thrown by a handler: the answer is no. What the handler wrote is rolled back; the refusal is stored under the
 * Idempotency-Key. Answered with 409, but for the codes to which the product's contract gives another status (not_found: 404).
 */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly status: number;

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.status = (problemCodes as Record<string, number>)[code] ?? 409;
  }
}

const titles: Record<number, string> = {
  400: 'Bad request',
  404: 'Not found',
  409: 'Refused',
  413: 'Body too large',
  414: 'Path too long',
  415: 'Unsupported media type',
  422: 'Not valid',
  500: 'Internal error',
  503: 'Not available now',
};

export function problemBody(status: number, code: string, detail: string, errors?: ProblemBody['errors']): ProblemBody {
  return {
    type: 'about:blank',
    title: titles[status] ?? 'Error',
    status,
    detail,
    code,
    ...(errors ? { errors } : {}),
  };
}

/** @returns the problem of values that a schema refused. Values themselves are never repeated in it. */
export function invalidInput(part: string, issues: readonly z.core.$ZodIssue[]): Problem {
  const errors = issues.slice(0, 50).map((issue) => ({ path: jsonPointer(issue.path), message: issue.message }));
  const where = { body: 'the body', querystring: 'the query', params: 'the path' }[part] ?? part;
  const first = errors[0];
  const detail = `${errors.length === 1 ? 'One value' : `${errors.length} values`} in ${where} cannot be taken${
    first ? `: ${first.path || 'the whole'}: ${first.message}` : ''
  }`;
  return part === 'querystring'
    ? new Problem(400, 'invalid_query', detail, { errors })
    : new Problem(422, 'validation_failed', detail, { errors });
}

export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** What the framework refuses before a handler is reached, in the product's words. @returns undefined for a fault of ours. */
export function problemOfFramework(error: FastifyError): Problem | undefined {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem(413, 'body_too_large', 'The body is larger than this service takes');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_TYPE':
      return new Problem(415, 'unsupported_media_type', 'Send the body as application/json');
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return new Problem(400, 'malformed_json', 'The body is not JSON');
    case 'FST_ERR_BAD_URL':
      return new Problem(400, 'malformed_url', 'The path is not a valid URL path');
  }
  if (error instanceof SyntaxError && error.statusCode === 400) {
    return new Problem(400, 'malformed_json', 'The body is not JSON');
  }
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new Problem(error.statusCode, 'bad_request', error.message);
  }
  return undefined;
}
