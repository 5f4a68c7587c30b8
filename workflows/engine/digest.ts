/**
 * The digest of an id that comes from outside: 16 hexadecimal digits (FNV-1a, 64 bits). It gives an idempotency key a known length and
 * alphabet, whatever was sent. It distinguishes the ids of one order, and keeps nothing secret.
 */
export function digestOf(id: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < id.length; i += 1) hash = BigInt.asUintN(64, (hash ^ BigInt(id.charCodeAt(i))) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}
