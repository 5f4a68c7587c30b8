import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { callerOf, type Principal } from '../auth/principal.js';
import { idempotencyKeyOf } from '../http/idempotency-key.js';
import { orderId } from './order-id.js';

/** What every route that tells an order something knows beside its body. */
export interface Asked {
  orderId: string;
  caller: Principal;
  key: string | undefined;
  /** See BaseUrl. */
  base: string;
}

/** Parameter: {@link Asked}, of a route with the order's id as `:id`. */
export const AskedOf = createParamDecorator((_: unknown, context: ExecutionContext): Asked => {
  const request = context.switchToHttp().getRequest<FastifyRequest<{ Params: { id: string } }>>();
  return {
    orderId: orderId(request.params.id),
    caller: callerOf(request),
    key: idempotencyKeyOf(request, 'optional'),
    base: request.baseUrl,
  };
});
