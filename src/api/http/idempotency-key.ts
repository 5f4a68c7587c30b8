import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { idempotencyKeySyntax, isIdempotencyKey } from '../../platform/idempotency-key.js';
import { ApiProblem } from '../problems/problem.js';

type Need = 'required' | 'optional';

/** Parameter: see {@link idempotencyKeyOf}. */
export const IdempotencyKey = createParamDecorator((need: Need, context: ExecutionContext): string | undefined =>
  idempotencyKeyOf(context.switchToHttp().getRequest<FastifyRequest>(), need),
);

/**
 * The Idempotency-Key of a request; undefined where it is optional and not sent.
 *
 * @throws {ApiProblem} idempotency_key_required, also for a malformed key.
 */
export function idempotencyKeyOf({ headers }: Pick<FastifyRequest, 'headers'>, need: Need): string | undefined {
  const header = headers['idempotency-key'];
  if (header === undefined && need === 'optional') return undefined;
  if (isIdempotencyKey(header)) return header;
  const detail =
    header === undefined
      ? 'Send an Idempotency-Key: a repeated request then finds the same order'
      : `Idempotency-Key must be ${idempotencyKeySyntax}`;
  throw new ApiProblem('idempotency_key_required', detail);
}
