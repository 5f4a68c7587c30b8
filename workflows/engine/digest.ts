/**
 * A short name for an id that was given from outside: 16 hexadecimal digits (FNV-1a, 64 bits). What is made of an id, such as an
 * Idempotency-Key of a service, then has a known length and alphabet, whatever was sent. It tells ids of one order apart; it keeps nothing
 * secret.
 */
export function digestOf(id: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < id.length; i += 1) hash = BigInt.asUintN(64, (hash ^ BigInt(id.charCodeAt(i))) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}
