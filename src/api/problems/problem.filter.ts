import { Catch, HttpException, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { sendProblem } from '../../platform/problem.js';
import { LOGGER } from '../dependencies.js';
import { frameworkProblem } from './framework-problem.js';
import { temporalProblem } from '../runs/temporal-problem.js';
import { ApiProblem } from './problem.js';

/** Answers everything that is thrown as `application/problem+json`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const problem = this.problemOf(error, http.getRequest<FastifyRequest>());
    if (reply.sent || reply.raw.headersSent) return;
    sendProblem(reply, problem);
  }

  private problemOf(error: unknown, request: FastifyRequest): ApiProblem {
    const known = temporalProblem(error);
    const problem = known instanceof ApiProblem ? known : frameworkProblem(error);
    if (problem && problem.status < 500) return problem;
    // The values of the path, the headers and the body stay out of the log: they may hold keys, tokens and addresses.
    const about = { requestId: request.id, method: request.method, route: request.routeOptions?.url };
    if (problem) {
      // The message of a problem says all. To write the stack of each would slow down an API that sheds load.
      const why = problem.cause === undefined ? {} : { err: problem.cause };
      this.logger.warn({ ...about, code: problem.code, ...why }, problem.message);
      return problem;
    }
    this.logger.error({ ...about, err: error instanceof HttpException ? error.cause : error }, 'Unexpected error');
    return new ApiProblem(
      'internal_error',
      `Internal error. The server log has the details under request id ${request.id}.`,
    );
  }
}
