import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiProblem } from '../problems/problem.js';
import type { ApiKeys } from './api-keys.js';
import type { Principal } from './principal.js';
import { TokenBucket } from './token-bucket.js';

/** A burst may have as many requests as the rate allows in this time. */
const burstSeconds = 5;

/**
 * Answers `rate_limited` when a key sends more orders and commands than `perSecond`. Reads are not counted: the order book answers them, and
 * whoever waits for an order polls. Webhooks have no key.
 */
export function limitRates(fastify: FastifyInstance, keys: ApiKeys, perSecond: number): void {
  const buckets = new Map<Principal, TokenBucket>();
  // The body has been read by now. An answer before that would have to close the connection, and a new one costs more than the body.
  fastify.addHook('preValidation', (request, _reply, done) => {
    const key = isCounted(request) ? keys.principalOf(request.headers.authorization) : undefined;
    if (!key) return done();
    const now = performance.now();
    const bucket = buckets.get(key) ?? new TokenBucket(perSecond, burstSeconds * perSecond, now);
    buckets.set(key, bucket);
    const waitMs = bucket.take(now);
    return done(waitMs === 0 ? undefined : tooFast(perSecond, waitMs));
  });
}

function isCounted({ method, url }: FastifyRequest): boolean {
  return method !== 'GET' && method !== 'HEAD' && url.startsWith('/v1/') && !url.startsWith('/v1/webhooks/');
}

function tooFast(perSecond: number, waitMs: number): ApiProblem {
  const detail = `This key may send ${perSecond} orders and commands a second. Send this one again later`;
  return new ApiProblem('rate_limited', detail, {}, { retryAfterS: Math.ceil(waitMs / 1000) });
}
