import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { callerOf, type Principal } from '../auth/principal.js';
import { idempotencyKeyOf } from '../http/idempotency-key.js';
import { orderId } from './order-id.js';

/** What every route that changes an order needs besides the body. */
export interface OrderCall {
  orderId: string;
  caller: Principal;
  key: string | undefined;
  /** See BaseUrl. */
  base: string;
}

/** Parameter: the {@link OrderCall} of a route with the order's id as `:id`. */
export const Call = createParamDecorator((_: unknown, context: ExecutionContext): OrderCall => {
  const request = context.switchToHttp().getRequest<FastifyRequest<{ Params: { id: string } }>>();
  return {
    orderId: orderId(request.params.id),
    caller: callerOf(request),
    key: idempotencyKeyOf(request, 'optional'),
    base: request.baseUrl,
  };
});
