import { readPage, type Page, type PageQuery } from '../../../services/support/pages.js';
import { z } from 'zod';

const place = z.tuple([z.union([z.string(), z.number()])], z.union([z.string(), z.number()]));
type Place = z.output<typeof place>;

/** A page of rows that are sorted by their place. */
export function pageOf<Item>(
  query: PageQuery | undefined,
  rows: readonly Item[],
  placeOf: (item: Item) => Place,
): Promise<Page<Item>> {
  return readPage(query ?? {}, {
    place,
    read: (limit, behind) => {
      const rest = behind === undefined ? rows : rows.slice(rows.findIndex((row) => isEqual(placeOf(row), behind)) + 1);
      return Promise.resolve(rest.slice(0, limit));
    },
    placeOf,
  });
}

function isEqual(a: Place, b: Place): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
