/** An issue of a Standard Schema. */
export interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

const mostErrors = 50;

/** @returns RFC 6901 pointer, such as `/lines/0/quantity`; empty for the whole value. */
export function jsonPointer(path: readonly unknown[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** @returns each issue with its place; an unknown field is named by its own path. Values are never repeated. */
export function errorsOf(issues: readonly Issue[]): { path: string; message: string }[] {
  return issues
    .flatMap((issue) => {
      const path = (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part));
      const unknown = unknownKeys(issue);
      return unknown
        ? unknown.map((key) => ({ path: jsonPointer([...path, key]), message: 'is not known here' }))
        : [{ path: jsonPointer(path), message: issue.message }];
    })
    .slice(0, mostErrors);
}

function unknownKeys(issue: Issue): string[] | undefined {
  const { code, keys } = issue as { code?: string; keys?: string[] };
  return code === 'unrecognized_keys' ? keys : undefined;
}
