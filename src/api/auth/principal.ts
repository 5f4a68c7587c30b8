import { ApiProblem } from '../problems/problem.js';
import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** The caller, as its key defines it. */
export interface Principal {
  /** The only shop that the key may see, or `*` for all. */
  shopId: string;
  role: 'shop' | 'operator';
  /** Names the key in the log and in the histories of orders. */
  name: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    principal?: Principal;
  }
}

/** Whether the caller may see the orders of this shop. */
export function maySee(principal: Principal, shopId: string): boolean {
  return principal.shopId === '*' || principal.shopId === shopId;
}

export const openRoute = 'orderflow:open';
/** The route needs no key: it is public, or signed. */
export const Open = () => SetMetadata(openRoute, true);

export const operatorRoute = 'orderflow:operator';
/** The route needs a key of role operator, else 403. */
export const OperatorOnly = () => SetMetadata(operatorRoute, true);

/** Parameter: see {@link callerOf}. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Principal =>
  callerOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** The caller that the guard has stored. */
export function callerOf({ principal }: Pick<FastifyRequest, 'principal'>): Principal {
  if (!principal) throw new Error('An open route has no caller');
  return principal;
}

export const unauthorized = (): ApiProblem =>
  new ApiProblem('unauthorized', 'Send a valid key as Authorization: Bearer KEY. The setting API_KEYS lists the keys');

/** @throws {ApiProblem} forbidden */
export function requireOperator({ role }: Principal): void {
  if (role !== 'operator') throw new ApiProblem('forbidden', 'This needs a key of role operator');
}
