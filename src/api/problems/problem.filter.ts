import { Catch, HttpException, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { LOGGER } from '../platform.js';
import { frameworkProblem } from './framework-problem.js';
import { temporalProblem } from '../runs/temporal-problem.js';
import { ApiProblem } from './problem.js';

/** Makes of everything that is thrown an answer of `application/problem+json`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const problem = this.problemOf(error, http.getRequest<FastifyRequest>());
    if (reply.sent || reply.raw.headersSent) return;
    void reply
      .code(problem.status)
      .headers(problem.headers)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .send(JSON.stringify(problem.body));
  }

  private problemOf(error: unknown, request: FastifyRequest): ApiProblem {
    const known = temporalProblem(error);
    const problem = known instanceof ApiProblem ? known : frameworkProblem(error);
    if (problem && problem.status < 500) return problem;
    // Neither the path's parameters nor headers and body: they may hold keys, tokens, addresses.
    const about = { method: request.method, route: request.routeOptions?.url };
    if (problem) {
      this.logger.warn({ ...about, code: problem.code, err: problem.cause ?? problem }, problem.message);
      return problem;
    }
    this.logger.error({ ...about, err: error instanceof HttpException ? error.cause : error }, 'Unexpected error');
    return new ApiProblem('internal_error', 'The server made a mistake; it is written in its log');
  }
}
