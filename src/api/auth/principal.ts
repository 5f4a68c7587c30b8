import { ApiProblem } from '../problems/problem.js';
import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Who calls: what the key says. */
export interface Principal {
  /** The one shop that is seen, or `*` for all. */
  shopId: string;
  role: 'shop' | 'operator';
  /** Stands for the key in the log and in the histories of orders. */
  name: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    principal?: Principal;
  }
}

/** Whether the caller may know of what belongs to this shop. */
export function maySee(principal: Principal, shopId: string): boolean {
  return principal.shopId === '*' || principal.shopId === shopId;
}

export const openRoute = 'orderflow:open';
/** No key is asked for: what is there is for everybody, or signed. */
export const Open = () => SetMetadata(openRoute, true);

export const operatorRoute = 'orderflow:operator';
/** For keys of role operator alone; others are answered 403. */
export const OperatorOnly = () => SetMetadata(operatorRoute, true);

/** Parameter: see {@link callerOf}. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Principal =>
  callerOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** Who the guard let in. */
export function callerOf({ principal }: Pick<FastifyRequest, 'principal'>): Principal {
  if (!principal) throw new Error('The route is open, so it has no caller');
  return principal;
}

export const unauthorized = (): ApiProblem =>
  new ApiProblem('unauthorized', 'Send a valid key as Authorization: Bearer KEY; API_KEYS says which there are');

/** @throws {ApiProblem} forbidden */
export function requireOperator({ role }: Principal): void {
  if (role !== 'operator') throw new ApiProblem('forbidden', 'This takes a key of role operator');
}
