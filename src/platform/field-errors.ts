import type { FieldError } from './problem.js';

/** A long list helps nobody, and its length would be the caller's choice. */
const mostErrors = 50;

/** @returns RFC 6901 pointer, such as `/lines/0/quantity`; empty for the whole value. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** @returns the place and the message of each issue of a schema. Values are never repeated: they may be personal. */
export function fieldErrors(issues: readonly { path: readonly PropertyKey[]; message: string }[]): FieldError[] {
  return issues.slice(0, mostErrors).map(({ path, message }) => ({ path: jsonPointer(path), message }));
}

/** One sentence about the first error, for the `detail` of a problem. */
export function firstError(part: 'body' | 'query' | 'path', [first]: readonly FieldError[]): string {
  const where = first?.path ? `: ${first.path}` : '';
  return `The ${part} is not valid${where}${first ? `: ${first.message}` : ''}`;
}
