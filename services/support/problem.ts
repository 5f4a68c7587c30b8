import type { FastifyError } from 'fastify';
import { fieldErrors, firstError } from '../../src/platform/field-errors.js';
import { Problem } from '../../src/platform/problem.js';
import { isDatabaseUnavailable } from './database.js';

/** @param part as Fastify names it. @returns the problem of values that a schema does not accept. */
export function invalidInput(part: string, issues: Parameters<typeof fieldErrors>[0]): Problem {
  const errors = fieldErrors(issues);
  if (part === 'querystring') return new Problem(400, 'invalid_query', firstError('query', errors), { errors });
  const detail = firstError(part === 'params' ? 'path' : 'body', errors);
  return new Problem(422, 'validation_failed', detail, { errors });
}

export function databaseUnavailable(detail = 'The database is not available'): Problem {
  return new Problem(503, 'database_unavailable', detail, {}, { retryAfterS: 1 });
}

/** @returns the problem that an error is answered with; undefined for an error that only a bug explains. */
export function problemOf(error: Error): Problem | undefined {
  if (error instanceof Problem) return error;
  return (
    problemOfFramework(error as FastifyError) ?? (isDatabaseUnavailable(error) ? databaseUnavailable() : undefined)
  );
}

/** @returns the problem of a request that Fastify rejects before it reaches a handler. */
function problemOfFramework(error: FastifyError): Problem | undefined {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem(413, 'body_too_large', 'The body is larger than this service accepts');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_TYPE':
      return new Problem(415, 'unsupported_media_type', 'Send the body as application/json');
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return new Problem(400, 'malformed_json', 'The body is not JSON');
    case 'FST_ERR_BAD_URL':
      return new Problem(400, 'malformed_url', 'The path is not a valid URL path');
  }
  const { statusCode = 500 } = error;
  if (error instanceof SyntaxError && statusCode === 400) {
    return new Problem(400, 'malformed_json', 'The body is not JSON');
  }
  return statusCode >= 400 && statusCode < 500 ? new Problem(statusCode, 'bad_request', error.message) : undefined;
}
