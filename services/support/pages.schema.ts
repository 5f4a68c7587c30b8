import { z } from 'zod';

/** What the query of every paged list takes, besides its filters. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).optional(),
  /** `nextCursor` of the page before; absent: the first page. */
  cursor: z.string().optional(),
};

/** The answer of every paged list. `nextCursor` is null at the end. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ items: z.array(item), nextCursor: z.string().nullable() });
}
