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
 * JSON, whatever the order of its fields. Fields that are times are left out, and what is measured between them: in a replay, the answers
 * of one workflow task come at one moment, so a run's clock shows other times than it did.
 *
 * Every publication has one, and every replay makes it again. So it is made without a sorted copy of the input.
 *
 * @param input plain data, as it comes out of JSON. A field may be undefined.
 */
export function inputDigest(input: object): string {
  return (afterValue(0x811c9dc5, input) >>> 2).toString(36).padStart(6, '0');
}

/** The hash after the JSON of a value. */
function afterValue(hash: number, value: unknown): number {
  if (Array.isArray(value)) return afterList(hash, value);
  return typeof value === 'object' && value !== null
    ? afterObject(hash, value as Record<string, unknown>)
    : afterText(hash, JSON.stringify(value));
}

function afterList(before: number, list: readonly unknown[]): number {
  let hash = afterText(before, '[');
  for (let i = 0; i < list.length; i += 1) {
    if (i > 0) hash = afterText(hash, ',');
    hash = afterValue(hash, list[i]);
  }
  return afterText(hash, ']');
}

function afterObject(before: number, value: Record<string, unknown>): number {
  let hash = afterText(before, '{');
  let separator = '';
  for (const name of sortedNames(value)) {
    const field = value[name];
    if (field === undefined || name === 'at' || name === 'timing' || isInstant(field)) continue;
    hash = afterValue(afterText(hash, `${separator}${JSON.stringify(name)}:`), field);
    separator = ',';
  }
  return afterText(hash, '}');
}

/** As JSON has them after a sort: names that are whole numbers come first, in the order of the numbers. The others are sorted. */
function sortedNames(value: object): string[] {
  const names = Object.keys(value);
  let first = 0;
  while (first < names.length && isIndex(names[first]!)) first += 1;
  // Few and nearly in order: faster than a sort with a comparison.
  for (let i = first + 1; i < names.length; i += 1) {
    const name = names[i]!;
    let at = i;
    for (; at > first && names[at - 1]! > name; at -= 1) names[at] = names[at - 1]!;
    names[at] = name;
  }
  return names;
}

const isIndex = (name: string): boolean => String(Number(name) >>> 0) === name;

function afterText(before: number, text: string): number {
  let hash = before;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** Whether it is a time as Date.toISOString() writes it. */
function isInstant(value: unknown): boolean {
  return typeof value === 'string' && value.length === 24 && value[10] === 'T' && value[23] === 'Z';
}
