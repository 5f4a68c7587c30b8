/**
 * A copy of JSON-like data, as a converter makes it: fields that are undefined are left out. What is frozen cannot change, and is no copy:
 * nothing in it may change either, or be undefined.
 */
export function copy<Value>(value: Value): Value {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) {
    const list = new Array<unknown>(value.length);
    for (let i = 0; i < value.length; i += 1) list[i] = copy((value as unknown[])[i]) ?? null;
    return list as Value;
  }
  const result: Record<string, unknown> = {};
  for (const key in value) {
    const part: unknown = value[key];
    if (part !== undefined) result[key] = typeof part === 'object' ? copy(part) : part;
  }
  return result as Value;
}
