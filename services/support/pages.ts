import type { z } from 'zod';
import { unstorable } from './json.js';
import { Refusal } from './problem.js';

/** The number of items of a page when the caller names none. */
export const defaultLimit = 50;

/** The largest answer of a list, in bytes: an item that would make it larger is left to the next page. One item always fits. */
export const mostPageBytes = 8 * 1024 * 1024;
/** What an item may gain on its way to the reader: its number, its links. */
export const bytesBesideItem = 512;

/** As a contract's `pageQuery` gives it. */
export interface PageQuery {
  limit?: number | undefined;
  cursor?: string | undefined;
}

export interface Page<Item> {
  items: Item[];
  /** Passed as `cursor` it gives the next page; null at the end. */
  nextCursor: string | null;
}

/** The values that rows are sorted by; no two rows have the same. */
type SortKey = [string | number, ...(string | number)[]];

/** Rows in a fixed order. */
export interface PagedRows<Row, Place extends SortKey> {
  /** What a cursor carries, e.g. `z.tuple([z.string(), z.int()])`. */
  place: z.ZodType<Place>;
  /** Reads the first `limit` rows, or the first behind a place. */
  read: (limit: number, behind: Place | undefined) => Promise<Row[]>;
  placeOf: (row: Row) => Place;
  /** Whether the page has room for the row; unless given, its JSON is measured. */
  fits?: (row: Row) => boolean;
}

/**
 * Reads one page. It asks for one row more than the page has, which tells whether there is a next one. A page of large rows has fewer
 * than `limit`.
 *
 * @throws {Refusal} invalid_cursor (400) for a cursor that was made up.
 */
export async function readPage<Row, Place extends SortKey>(
  { limit = defaultLimit, cursor }: PageQuery,
  { place, read, placeOf, fits = roomFor(mostPageBytes) }: PagedRows<Row, Place>,
): Promise<Page<Row>> {
  const rows = await read(limit + 1, cursor === undefined ? undefined : decodeCursor(cursor, place));
  const tooMany = rows.slice(0, limit).findIndex((row) => !fits(row));
  const items = rows.slice(0, tooMany < 0 ? limit : tooMany);
  const last = items.at(-1);
  const more = rows.length > items.length && last !== undefined;
  return { items, nextCursor: more ? encodeCursor(placeOf(last)) : null };
}

function roomFor(bytes: number): (row: unknown) => boolean {
  let used = 0;
  return (row) => {
    const isFirst = used === 0;
    used += Buffer.byteLength(JSON.stringify(row)) + bytesBesideItem;
    return isFirst || used <= bytes;
  };
}

function encodeCursor(place: SortKey): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

function decodeCursor<Place extends SortKey>(cursor: string, place: z.ZodType<Place>): Place {
  const parsed = place.safeParse(parse(cursor));
  // Base64 can be written in more than one way: a cursor is only what this would write.
  if (!parsed.success || unstorable(parsed.data) || encodeCursor(parsed.data) !== cursor) {
    throw new Refusal('invalid_cursor', 'Take the cursor from nextCursor of the page before');
  }
  return parsed.data;
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined; // The schema refuses it.
  }
}
