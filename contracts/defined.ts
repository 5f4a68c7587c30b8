/**
 * The properties that have a value, in the order given. An optional property that has none is absent from JSON and from histories,
 * never `undefined`.
 *
 * @example const line = { sku, quantity, ...defined({ name }) };
 */
export function defined<T extends object>(properties: T): Defined<T> {
  const result: Record<string, unknown> = {};
  // Without lists in between: each view has dozens of these.
  for (const name in properties) if (properties[name] !== undefined) result[name] = properties[name];
  return result as Defined<T>;
}

/** `T` with each property that may be undefined as an optional one. */
export type Defined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};
