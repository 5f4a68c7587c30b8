/** Deeper than any contract goes; the limit keeps every later recursion within the stack. */
const maxDepth = 64;

interface Place {
  value: unknown;
  name: PropertyKey;
  /** Undefined for the whole value. */
  outer: Place | undefined;
  depth: number;
}

/**
 * Finds what PostgreSQL cannot store (U+0000 and half a surrogate pair) and nesting that is too deep. It does not recurse, because the
 * value comes from outside.
 *
 * @returns the first place that cannot be stored, with a message; undefined where there is none.
 */
export function findUnstorable(value: unknown): { path: PropertyKey[]; message: string } | undefined {
  const open: Place[] = [{ value, name: '', outer: undefined, depth: 0 }];
  for (let place = open.pop(); place; place = open.pop()) {
    const { value: here, depth } = place;
    if (typeof here === 'string' && !isStorable(here)) return { path: pathOf(place), message: unstorableText };
    if (typeof here !== 'object' || here === null) continue;
    if (depth >= maxDepth) return { path: pathOf(place), message: `is nested more than ${maxDepth} levels deep` };
    for (const name of Object.keys(here)) {
      if (!isStorable(name)) return { path: pathOf(place), message: unstorableText };
      open.push({ value: (here as Record<string, unknown>)[name], name, outer: place, depth: depth + 1 });
    }
  }
  return undefined;
}

function pathOf(place: Place): PropertyKey[] {
  const path: PropertyKey[] = [];
  for (let at = place; at.outer; at = at.outer) path.unshift(at.name);
  return path;
}

const unstorableText = 'must not contain U+0000 or half a surrogate pair';

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000');
}
