import { createHash } from 'node:crypto';
import { orderIdDigits } from '../../contracts/ids.js';
import { canonicalJson } from '../platform/canonical-json.js';

/**
 * The id of the order that a shop places with an Idempotency-Key. The same pair always gives the same id, so a repeated request finds the
 * order that it already placed, even after a crash. It is `ord_` + 26 characters: 128 bits of SHA-256 in Crockford's base 32.
 */
export function orderIdFor(shopId: string, idempotencyKey: string): string {
  return idFor('ord', shopId, idempotencyKey);
}

/** The id of what a sender creates with an Idempotency-Key: see {@link orderIdFor}. */
export function idFor(prefix: string, sender: string, idempotencyKey: string): string {
  const digest = createHash('sha256').update(sender).update('\0').update(idempotencyKey).digest();
  let bits = BigInt(`0x${digest.subarray(0, 16).toString('hex')}`);
  let text = '';
  for (let i = 0; i < 26; i += 1) {
    text = orderIdDigits[Number(bits & 31n)]! + text;
    bits >>= 5n;
  }
  return `${prefix}_${text}`;
}

/** 128 bits of SHA-256 (hex) of a JSON value with sorted object keys. Equal values have the same fingerprint, however they are written. */
export function fingerprintOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 32);
}
