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
  const json = canonical(input)!;
  let hash = 0x811c9dc5;
  for (let i = 0; i < json.length; i += 1) hash = Math.imul(hash ^ json.charCodeAt(i), 0x01000193);
  return (hash >>> 2).toString(36).padStart(6, '0');
}

/** The JSON of a value, without times, and with the fields of objects in the order of their names. Undefined for what JSON leaves out. */
function canonical(value: unknown): string | undefined {
  if (isInstant(value)) return undefined;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') return canonical(toJSON.call(value));
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item) ?? 'null').join(',')}]`;
  let fields = '';
  for (const key of inOrder(Object.keys(value))) {
    if (key === 'at' || key === 'timing') continue;
    const field = canonical((value as Record<string, unknown>)[key]);
    if (field !== undefined) fields += `${fields === '' ? '' : ','}${JSON.stringify(key)}:${field}`;
  }
  return `{${fields}}`;
}

/** Sorted as strings; numbers come first, as numbers, because an object has them so. Recorded digests count on that. */
function inOrder(keys: string[]): string[] {
  keys.sort();
  if (!keys.some((key) => isIndex.test(key))) return keys;
  return Object.keys(Object.fromEntries(keys.map((key) => [key, 0])));
}

const isIndex = /^\d/;

/** Whether it is a time as Date.toISOString() writes it. */
function isInstant(value: unknown): boolean {
  return typeof value === 'string' && value.length === 24 && value[10] === 'T' && value[23] === 'Z';
}
