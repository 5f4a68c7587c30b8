import { sql, type RawBuilder } from 'kysely';
import { z } from 'zod';
import type { Db } from './database.js';
import { Rejection } from './errors.js';
import { findUnstorable } from './storable.js';

/** The number of items of a page when the query has no `limit`. */
export const defaultLimit = 50;

/** The largest answer of a list, in bytes. An item that would make it larger goes to the next page; the first item always fits. */
export const mostPageBytes = 8 * 1024 * 1024;
/** Room for what is added to an item later, such as its number and its links, in bytes. */
export const bytesBesideItem = 512;

/** The query of a contract's `pageQuery`. */
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
  /** Reads the first `limit` rows, or the first after a place. */
  read: (limit: number, behind: Place | undefined) => Promise<Row[]>;
  placeOf: (row: Row) => Place;
  /** Whether the page has room for the row; by default, the size of its JSON decides. */
  fits?: (row: Row) => boolean;
}

/**
 * Reads one page. It reads one row more than the page has, to know whether there is a next page. A page of large rows has fewer than
 * `limit`.
 *
 * @throws {Rejection} invalid_cursor (400) for a cursor that no page returned.
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

interface SortedList {
  /** The columns of an item, named like its properties. An item has no property for a column that is null. */
  columns: RawBuilder<unknown>;
  from: RawBuilder<unknown>;
  where?: RawBuilder<unknown>;
  /** The columns that rows are sorted by, e.g. `{ number: z.int() }`. No two rows have the same values. */
  sortedBy: Record<string, z.ZodType<string | number>>;
}

/** @returns the handler of a list: it reads a page of it, of one order if the query names one. */
export function sortedList({ columns, from, where = sql`true`, sortedBy }: SortedList) {
  const key = sql.join(Object.keys(sortedBy).map((column) => sql.ref(column)));
  const place = z.tuple(Object.values(sortedBy) as [z.ZodType<string | number>]);
  return async <Item extends object>(
    { query }: { query: PageQuery & { orderId?: string | undefined } },
    db: Db,
  ): Promise<Page<Item>> => {
    const page = await readPage<Item & { place: SortKey }, SortKey>(query, {
      place,
      read: async (limit, behind) => {
        const { rows } = await sql<Item & { place: SortKey }>`
          select json_build_array(${key}) as place, ${columns} from ${from}
          where ${where}
            ${query.orderId === undefined ? sql`` : sql`and order_id = ${query.orderId}`}
            ${behind === undefined ? sql`` : sql`and (${key}) > (${sql.join(behind)})`}
          order by ${key} limit ${limit}`.execute(db);
        return rows;
      },
      placeOf: (row) => row.place,
    });
    return { ...page, items: page.items.map(({ place: _, ...item }) => withoutNulls(item) as Item) };
  };
}

function withoutNulls(row: object): object {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
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
  // The same bytes have several texts in base64; only the one that encodeCursor writes is a cursor.
  if (!parsed.success || findUnstorable(parsed.data) || encodeCursor(parsed.data) !== cursor) {
    throw new Rejection('invalid_cursor', 'Use the nextCursor of the previous page as cursor');
  }
  return parsed.data;
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined; // Fails the schema.
  }
}
