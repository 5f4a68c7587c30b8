import { isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiProblem } from '../problems/problem.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Where callers reach this API, without a slash at the end: what links begin with. */
    baseUrl: string;
  }
}

/**
 * Refuses requests for another host than this API's: a page of a stranger, whose name was made to lead here, could otherwise use the keys of
 * the person who looks at it.
 *
 * @param publicUrl where callers reach this API; its own address unless given
 */
export function refuseOtherHosts(fastify: FastifyInstance, publicUrl: string | undefined): void {
  const known = publicUrl === undefined ? undefined : new URL(publicUrl);
  fastify.decorateRequest('baseUrl', '');
  fastify.addHook('onRequest', (request, _reply, done) => {
    request.baseUrl = publicUrl ?? ownUrl(request);
    done(isKnown(request, known) ? undefined : unknownHost());
  });
}

function isKnown(request: FastifyRequest, known: URL | undefined): boolean {
  const asked = urlOfHost(request.headers.host, known?.protocol ?? 'http:');
  if (!asked) return false;
  if (asked.host === known?.host) return true;
  const name = bare(asked.hostname);
  // A page has a name, so an address without one is safe; probes and Prometheus ask by it.
  if (isIP(name) && /^\/(health\/|metrics)/.test(request.url)) return true;
  const here = isLoopback(bare(request.socket.localAddress ?? '')) || (known && isLoopback(bare(known.hostname)));
  return here === true && isLoopback(name);
}

/** @returns undefined for what is no host, or more than one. */
function urlOfHost(host: string | undefined, protocol: string): URL | undefined {
  if (!host || !/^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?$/.test(host)) return undefined;
  return URL.canParse(`${protocol}//${host}`) ? new URL(`${protocol}//${host}`) : undefined;
}

/** Without the brackets of IPv6, and IPv4 as it is when IPv6 carries it. */
function bare(name: string): string {
  return name.replace(/^\[|\]$/g, '').replace(/^::ffff:/, '');
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

function ownUrl({ socket: { localAddress = '127.0.0.1', localPort } }: FastifyRequest): string {
  const name = bare(localAddress);
  return `http://${name.includes(':') ? `[${name}]` : name}:${localPort}`;
}

function unknownHost(): ApiProblem {
  return new ApiProblem('unknown_host', 'This host is not the one of this API; PUBLIC_URL says which it is');
}
