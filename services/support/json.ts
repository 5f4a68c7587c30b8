/** Deeper than anything a contract describes; a limit keeps every later walk within the stack. */
const maxDepth = 64;

/**
 * Looks for what PostgreSQL cannot store: U+0000 and halves of surrogate pairs; and for nesting without end.
 * Not recursive, because the value comes from outside.
 *
 * @returns the first such place with a message, or undefined.
 */
export function unstorable(value: unknown): { path: PropertyKey[]; message: string } | undefined {
  const open: { value: unknown; path: PropertyKey[] }[] = [{ value, path: [] }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value: here, path } = next;
    if (typeof here === 'string' && !isStorable(here)) return { path, message: unstorableText };
    if (typeof here !== 'object' || here === null) continue;
    if (path.length >= maxDepth) return { path, message: `is nested more than ${maxDepth} deep` };
    for (const [name, inner] of Object.entries(here)) {
      if (!isStorable(name)) return { path, message: unstorableText };
      open.push({ value: inner, path: [...path, name] });
    }
  }
  return undefined;
}

const unstorableText = 'must not contain U+0000 or half a surrogate pair';

function isStorable(text: string): boolean {
  return !text.includes('\u0000') && !/\p{Surrogate}/u.test(text);
}

/** JSON with the names of each object sorted, so that equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  );
}
