import { isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiProblem } from '../problems/problem.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The URL of this API for its callers, without a slash at the end. Links begin with it. */
    baseUrl: string;
  }
}

/**
 * Rejects requests for any other host. Otherwise a web page could point its own host name at this API (DNS rebinding) and use the keys of its
 * visitor.
 *
 * @param publicUrl the URL of this API for its callers; its own address by default
 */
export function rejectOtherHosts(fastify: FastifyInstance, publicUrl: string | undefined): void {
  const known = publicUrl === undefined ? undefined : new URL(publicUrl);
  fastify.decorateRequest('baseUrl', '');
  fastify.addHook('onRequest', (request, _reply, done) => {
    request.baseUrl = publicUrl ?? ownUrl(request);
    done(isKnown(request, known) ? undefined : unknownHost());
  });
}

function isKnown(request: FastifyRequest, known: URL | undefined): boolean {
  const requested = urlOfHost(request.headers.host, known?.protocol ?? 'http:');
  if (!requested) return false;
  if (requested.host === known?.host) return true;
  const name = bare(requested.hostname);
  // A web page always has a host name, so a plain address is safe; probes and Prometheus use one.
  if (isIP(name) && /^\/(health\/|metrics)/.test(request.url)) return true;
  const here = isLoopback(bare(request.socket.localAddress ?? '')) || (known && isLoopback(bare(known.hostname)));
  return here === true && isLoopback(name);
}

/** @returns undefined where the header is not exactly one host. */
function urlOfHost(host: string | undefined, protocol: string): URL | undefined {
  if (!host || !/^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?$/.test(host)) return undefined;
  return URL.canParse(`${protocol}//${host}`) ? new URL(`${protocol}//${host}`) : undefined;
}

/** Removes the brackets of IPv6, and the prefix of IPv4 in IPv6. */
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
  return new ApiProblem('unknown_host', 'This API has another host name. See the setting PUBLIC_URL');
}
