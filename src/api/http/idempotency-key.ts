import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ApiProblem } from '../problems/problem.js';

type Need = 'required' | 'optional';

/** Parameter: see {@link idempotencyKeyOf}. */
export const IdempotencyKey = createParamDecorator((need: Need, context: ExecutionContext): string | undefined =>
  idempotencyKeyOf(context.switchToHttp().getRequest<FastifyRequest>(), need),
);

/**
 * The Idempotency-Key of a request; undefined where it is optional and not sent.
 *
 * @throws {ApiProblem} idempotency_key_required, also for one that is none: 1 to 255 printable ASCII characters.
 */
export function idempotencyKeyOf({ headers }: Pick<FastifyRequest, 'headers'>, need: Need): string | undefined {
  const header = headers['idempotency-key'];
  if (header === undefined && need === 'optional') return undefined;
  if (header === undefined) {
    throw new ApiProblem(
      'idempotency_key_required',
      'Send an Idempotency-Key, so that a repetition makes no second order',
    );
  }
  if (typeof header !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(header)) {
    throw new ApiProblem('idempotency_key_required', 'Idempotency-Key must be 1 to 255 printable ASCII characters');
  }
  return header;
}
