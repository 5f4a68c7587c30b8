import type { z } from 'zod';
import { unstorable } from './json.js';
import { Refusal } from './problem.js';

/** The number of items of a page when the caller names none. */
export const defaultLimit = 50;

export interface Page<Item> {
  items: Item[];
  /** Passed as `cursor` it gives the next page; null at the end. */
  nextCursor: string | null;
}

/**
 * Makes a page of rows that were read with a limit of one more than asked for.
 *
 * @param positionOf the sort key of a row, which the next page starts after.
 */
export function pageOf<Row>(rows: Row[], limit: number, positionOf: (row: Row) => (string | number)[]): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items, nextCursor: more ? encodeCursor(positionOf(last)) : null };
}

function encodeCursor(position: (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/**
 * Reads a cursor that `pageOf` made: `const after = readCursor(query.cursor, z.tuple([z.string(), z.number()]))`.
 *
 * @returns undefined for the first page.
 * @throws {Refusal} invalid_cursor (400) for one made up.
 */
export function readCursor<S extends z.ZodType>(cursor: string | undefined, position: S): z.output<S> | undefined {
  if (cursor === undefined) return undefined;
  const parsed = position.safeParse(parse(cursor));
  if (!parsed.success || unstorable(parsed.data))
    throw new Refusal('invalid_cursor', 'Take the cursor from nextCursor of the page before');
  return parsed.data;
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined; // The schema refuses it.
  }
}
