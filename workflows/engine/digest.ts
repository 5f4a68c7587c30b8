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
 *
 * Every publication has one, and every replay makes it again. So it is made without writing the JSON.
 */
export function inputDigest(input: object): string {
  return (afterValue(start, asInJson(input)) >>> 2).toString(36).padStart(6, '0');
}

const start = 0x811c9dc5;
const next = (hash: number, character: number): number => Math.imul(hash ^ character, 0x01000193);

const [comma, colon, quote, backslash] = [0x2c, 0x3a, 0x22, 0x5c];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/** The hash after the JSON of a value. */
function afterValue(hash: number, value: unknown): number {
  if (typeof value === 'string') return afterString(hash, value);
  if (typeof value !== 'object' || value === null) return afterText(hash, JSON.stringify(value) ?? 'null');
  return Array.isArray(value) ? afterList(hash, value) : afterObject(hash, value as Record<string, unknown>);
}

/** What is in the JSON instead of an object that says so itself, such as a Date. */
function asInJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = (prototype === Object.prototype || prototype === null) && !('toJSON' in value);
  return isPlain ? value : JSON.parse(JSON.stringify(value) ?? 'null');
}

function afterList(before: number, list: readonly unknown[]): number {
  let hash = next(before, openList);
  for (let i = 0; i < list.length; i += 1) {
    if (i > 0) hash = next(hash, comma);
    const value = asInJson(list[i]);
    hash = isInstant(value) ? afterText(hash, 'null') : afterValue(hash, value);
  }
  return next(hash, closeList);
}

function afterObject(before: number, value: Record<string, unknown>): number {
  let hash = next(before, openObject);
  let isFirst = true;
  for (const name of sortedNames(value)) {
    const field = asInJson(value[name]);
    if (isLeftOut(name, field)) continue;
    if (!isFirst) hash = next(hash, comma);
    isFirst = false;
    hash = afterValue(next(afterString(hash, name), colon), field);
  }
  return next(hash, closeObject);
}

/** JSON has the names that are whole numbers first, in the order in which they are kept. The others are sorted here, without copies. */
function sortedNames(value: object): string[] {
  const names = Object.keys(value);
  let first = 0;
  while (first < names.length && isIndex(names[first]!)) first += 1;
  for (let i = first + 1; i < names.length; i += 1) {
    const name = names[i]!;
    let at = i;
    for (; at > first && names[at - 1]! > name; at -= 1) names[at] = names[at - 1]!;
    names[at] = name;
  }
  return names;
}

/** Whether objects keep this name in the order of numbers. */
function isIndex(name: string): boolean {
  const index = Number(name) >>> 0;
  return String(index) === name && index !== 0xffffffff;
}

function isLeftOut(name: string, field: unknown): boolean {
  if (name === 'at' || name === 'timing' || isInstant(field)) return true;
  return field === undefined || typeof field === 'function' || typeof field === 'symbol';
}

function afterString(before: number, text: string): number {
  let hash = next(before, quote);
  for (let i = 0; i < text.length; i += 1) {
    const character = text.charCodeAt(i);
    const isEscaped = character < 0x20 || character === quote || character === backslash;
    // Half of a pair of surrogates is escaped, too.
    if (isEscaped || (character >= 0xd800 && character <= 0xdfff)) return afterText(before, JSON.stringify(text));
    hash = next(hash, character);
  }
  return next(hash, quote);
}

function afterText(before: number, text: string): number {
  let hash = before;
  for (let i = 0; i < text.length; i += 1) hash = next(hash, text.charCodeAt(i));
  return hash;
}

/** Whether it is a time as Date.toISOString() writes it. */
function isInstant(value: unknown): boolean {
  return typeof value === 'string' && value.length === 24 && value[10] === 'T' && value[23] === 'Z';
}
