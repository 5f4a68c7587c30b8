import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

const hostAndPort = /^([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(:\d{1,5})?$/;

/** Parameter: see {@link baseUrlOf}. */
export const BaseUrl = createParamDecorator((_: unknown, context: ExecutionContext): string =>
  baseUrlOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** Where the caller reaches this API, without a slash at the end: the address that the links of answers start with. */
export function baseUrlOf(request: Pick<FastifyRequest, 'protocol' | 'host' | 'socket'>): string {
  return `${request.protocol}://${hostAndPort.test(request.host) ? request.host : ownAddress(request)}`;
}

function ownAddress({ socket: { localAddress = '127.0.0.1', localPort } }: Pick<FastifyRequest, 'socket'>): string {
  return `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
}
