import { createHash, timingSafeEqual } from 'node:crypto';

/** @returns the token of `Authorization: Bearer TOKEN`. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
}

/**
 * A secret to compare tokens with. All digests have the same length, so the time of a comparison says nothing about the secret.
 *
 * @example const isKnown = secret(serviceToken); isKnown(bearerToken(request.headers.authorization))
 */
export function secret(text: string): (token: string | undefined) => boolean {
  const known = digest(text);
  return (token) => token !== undefined && timingSafeEqual(digest(token), known);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
