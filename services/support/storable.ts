/** Deeper than any contract goes; the limit keeps every later recursion within the stack. */
const maxDepth = 64;

/**
 * Finds what PostgreSQL cannot store (U+0000 and half a surrogate pair) and nesting that is too deep. It does not recurse, because the
 * value comes from outside.
 *
 * @returns the first place that cannot be stored, with a message; undefined where there is none.
 */
export function findUnstorable(value: unknown): { path: PropertyKey[]; message: string } | undefined {
  const open: { value: unknown; path: PropertyKey[] }[] = [{ value, path: [] }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value: here, path } = next;
    if (typeof here === 'string' && !isStorable(here)) return { path, message: unstorableText };
    if (typeof here !== 'object' || here === null) continue;
    if (path.length >= maxDepth) return { path, message: `is nested more than ${maxDepth} levels deep` };
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
