import { createHash } from 'node:crypto';
import { orderIdDigits } from '../../contracts/ids.js';
import { canonicalJson } from '../platform/canonical-json.js';

/**
 * The id of the order that a shop places under an Idempotency-Key: always the same one for the same pair, so that a repeated
 * placing, also after a crash, meets the order it already made. 128 bits of SHA-256 in Crockford's base 32: `ord_` + 26 characters.
 */
export function orderIdFor(shopId: string, idempotencyKey: string): string {
  const digest = createHash('sha256').update(shopId).update('\0').update(idempotencyKey).digest();
  let bits = BigInt(`0x${digest.subarray(0, 16).toString('hex')}`);
  let text = '';
  for (let i = 0; i < 26; i += 1) {
    text = orderIdDigits[Number(bits & 31n)]! + text;
    bits >>= 5n;
  }
  return `ord_${text}`;
}

/** 128 bits of SHA-256 (hex) of a JSON value with its object keys sorted: equal for equal bodies however they were written. */
export function fingerprintOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 32);
}
