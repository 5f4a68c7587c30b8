import { z } from 'zod';
import { id } from '../../contracts/values.schema.js';

/** The query of every paged list, besides its filters. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).optional(),
  /** The `nextCursor` of the previous page; absent for the first page. */
  cursor: z.string().optional(),
};

/** The answer of every paged list. `nextCursor` is null at the end. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** The operation of a list of all orders, or of one: see `sortedList`. */
export function listOf<Item extends z.ZodType>(path: string, summary: string, item: Item) {
  const query = z.strictObject({ orderId: id.optional(), ...pageQuery });
  return { method: 'GET', path, summary, query, answer: pageOf(item) } as const;
}
