/**
 * Checks of what reaches a run from outside the API: by Temporal's own tools anybody may send anything under a known name. They cover
 * what the code relies on, not what a customer may ask for; that is checked with zod at the API, which is too much code for a workflow.
 */

export interface Misfit {
  /** JSON pointer; empty for the value itself. */
  path: string;
  message: string;
}

/** Says where a value does not fit; nothing where it does. */
export type Shape = (value: unknown, path?: string) => Misfit[];

const shape =
  (fits: (value: unknown) => boolean, wanted: string): Shape =>
  (value, path = '') =>
    fits(value) ? [] : [{ path, message: `must be ${wanted}` }];

export const text = shape((value) => typeof value === 'string', 'a string');
export const time = shape(
  (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  'a time such as 2026-01-31T12:00:00Z',
);
export const integerFrom = (least: number): Shape =>
  shape((value) => Number.isSafeInteger(value) && (value as number) >= least, `an integer from ${least}`);

export const oneOf = (...values: readonly string[]): Shape =>
  shape((value) => values.includes(value as string), `one of ${values.join(', ')}`);

export const optional =
  (inner: Shape): Shape =>
  (value, path) =>
    value === undefined ? [] : inner(value, path);

export const listOf =
  (inner: Shape): Shape =>
  (value, path = '') =>
    Array.isArray(value)
      ? value.flatMap((item, i) => inner(item, `${path}/${i}`))
      : [{ path, message: 'must be an array' }];

/**
 * An object with these fields; others are let through, as a newer sender may know more.
 *
 * @example const cancel = object<{ reason?: string }>({ reason: optional(text) });
 */
export const object =
  <T>(fields: { [K in keyof Required<T>]: Shape }): Shape =>
  (value, path = '') =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries<Shape>(fields).flatMap(([name, inner]) =>
          inner((value as Record<string, unknown>)[name], `${path}/${name}`),
        )
      : [{ path, message: 'must be an object' }];
