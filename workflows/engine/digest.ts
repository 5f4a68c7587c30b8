/**
 * The digest of an id that comes from outside: 16 hexadecimal digits (FNV-1a, 64 bits). It gives an idempotency key a known length and
 * alphabet, whatever was sent. It distinguishes the ids of one order, and keeps nothing secret.
 */
export function digestOf(id: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < id.length; i += 1) hash = BigInt.asUintN(64, (hash ^ BigInt(id.charCodeAt(i))) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}

/**
 * The digest of a call's input, with which recorded calls are compared: 6 letters and digits (FNV-1a, 30 bits). It is the same for equal
 * JSON, whatever the order of its fields. Times are left out, and what is measured between them: in a replay, the answers of one workflow
 * task come at one moment, so a run's clock shows other times than it did.
 */
export function inputDigest(input: object): string {
  const json = JSON.stringify(input, (key, value: unknown) => {
    if (key === 'at' || key === 'timing' || isInstant(value)) return undefined;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  });
  let hash = 0x811c9dc5;
  for (let i = 0; i < json.length; i += 1) hash = Math.imul(hash ^ json.charCodeAt(i), 0x01000193);
  return (hash >>> 2).toString(36).padStart(6, '0');
}

/** Whether it is a time as Date.toISOString() writes it. */
function isInstant(value: unknown): boolean {
  return typeof value === 'string' && value.length === 24 && value[10] === 'T' && value[23] === 'Z';
}
