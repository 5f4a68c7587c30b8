import { z } from 'zod';

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
