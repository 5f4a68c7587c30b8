import { HttpException } from '@nestjs/common';
import { ApiProblem, type ApiProblemCode } from './problem.js';

const byStatus: Record<number, [ApiProblemCode, string]> = {
  400: ['malformed_json', 'The request cannot be read'],
  404: ['not_found', 'There is nothing at this path'],
  405: ['not_found', 'There is nothing at this path for this method'],
  413: ['body_too_large', 'The body must be at most 256 KiB'],
  414: ['not_found', 'There is nothing at this path'],
  415: ['unsupported_media_type', 'Send the body as Content-Type: application/json'],
};

const otherwise: [ApiProblemCode, string] = ['malformed_json', 'The request cannot be read'];

const byCode: Record<string, number> = {
  FST_ERR_BAD_URL: 404,
  FST_ERR_MAX_PARAM_LENGTH: 404,
};

/** @returns the problem of a request that Nest or Fastify rejects before a handler; undefined for an error that only a bug explains. */
export function frameworkProblem(error: unknown): ApiProblem | undefined {
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  const status = error instanceof HttpException ? error.getStatus() : (byCode[code ?? ''] ?? statusCode);
  if (status === undefined || status < 400 || status >= 500) return undefined;
  const [problem, detail] = byStatus[status] ?? otherwise;
  return new ApiProblem(problem, detail);
}
