import type { Address, LineQuantity } from '../contracts/order.js';
import { integerFrom, listOf, object, optional, text } from './engine/shape.js';
import type { Shape } from './engine/shape.js';

/** Shapes that several kinds of messages share. */

const line = object<LineQuantity>({ sku: text, quantity: integerFrom(1) });

/** At least one line, and each sku once: the remaining quantity of a sku is compared with a single line. */
export const lines: Shape<LineQuantity[]> = (value, path = '') => {
  const errors = listOf(line)(value, path);
  if (errors.length > 0) return errors;
  const skus = (value as LineQuantity[]).map((l) => l.sku);
  return skus.length > 0 && new Set(skus).size === skus.length
    ? []
    : [{ path, message: 'must have at least one line, and each sku once' }];
};

export const address = object<Address>({
  name: text,
  line1: text,
  line2: optional(text),
  city: text,
  region: optional(text),
  postalCode: text,
  country: text,
});
