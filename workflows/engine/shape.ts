/**
 * Checks of messages. With Temporal's own tools anybody can send anything to a run. These checks cover what the code relies on; what a
 * customer may ask for is checked by the API with zod, which is too large for a workflow bundle.
 */

interface Misfit {
  /** JSON pointer; empty for the value itself. */
  path: string;
  message: string;
}

/** Says where a value does not fit; nothing where it does. */
export interface Shape<Value> {
  (value: unknown, path?: string): Misfit[];
  /** Type only: what fits. */
  readonly value?: Value;
}

const shape =
  <Value>(fits: (value: unknown) => boolean, wanted: string): Shape<Value> =>
  (value, path = '') =>
    fits(value) ? [] : [{ path, message: `must be ${wanted}` }];

/** For messages without content. */
export const nothing = shape<undefined>((value) => value === undefined, 'absent');
export const text = shape<string>((value) => typeof value === 'string', 'a string');
export const time = shape<string>(
  (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  'a time such as 2026-01-31T12:00:00Z',
);
export const integerFrom = (least: number): Shape<number> =>
  shape((value) => Number.isSafeInteger(value) && (value as number) >= least, `an integer from ${least}`);

export const oneOf = <const Value extends string>(...values: readonly Value[]): Shape<Value> =>
  shape((value) => values.includes(value as Value), `one of ${values.join(', ')}`);

export const optional =
  <Value>(inner: Shape<Value>): Shape<Value | undefined> =>
  (value, path) =>
    value === undefined ? [] : inner(value, path);

export const listOf =
  <Value>(inner: Shape<Value>): Shape<Value[]> =>
  (value, path = '') =>
    Array.isArray(value)
      ? value.flatMap((item, i) => inner(item, `${path}/${i}`))
      : [{ path, message: 'must be an array' }];

/**
 * An object with these fields. Other fields are allowed: a newer sender may know more.
 *
 * @example const cancel = object<{ reason?: string }>({ reason: optional(text) });
 */
export const object =
  <Value>(fields: { [K in keyof Required<Value>]: Shape<Value[K]> }): Shape<Value> =>
  (value, path = '') =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries<Shape<unknown>>(fields).flatMap(([name, inner]) =>
          inner((value as Record<string, unknown>)[name], `${path}/${name}`),
        )
      : [{ path, message: 'must be an object' }];
