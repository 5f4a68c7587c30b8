import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../../config/index.js';
import { CONFIG } from '../dependencies.js';
import { ApiKeys } from './api-keys.js';
import { openRoute, operatorRoute, requireOperator, unauthorized } from './principal.js';

/** Requires a valid key (else 401) with the role of the route (else 403), and stores the caller in the request. */
@Injectable()
export class AuthGuard implements CanActivate {
  private readonly keys: ApiKeys;

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {
    this.keys = new ApiKeys(config.apiKeys);
  }

  canActivate(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(openRoute, targets)) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const principal = this.keys.principalOf(request.headers.authorization);
    if (!principal) throw unauthorized();
    request.principal = principal;
    if (this.reflector.getAllAndOverride<boolean>(operatorRoute, targets)) requireOperator(principal);
    return true;
  }
}
