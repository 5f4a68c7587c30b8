import { z } from 'zod';
import { id } from '../../contracts/values.schema.js';

/** The place of an order in "newest placed first": a page goes on behind it, whatever was placed meanwhile. */
export interface Place {
  /** ms since the epoch. */
  placedAt: number;
  orderId: string;
}

const longestTime = 8.64e15;
const shape = z.tuple([z.int().min(-longestTime).max(longestTime), id]);

export function writeCursor({ placedAt, orderId }: Place): string {
  return Buffer.from(JSON.stringify([placedAt, orderId])).toString('base64url');
}

/** @returns undefined when the text is not a cursor that {@link writeCursor} could have written. */
export function readCursor(cursor: string): Place | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  const parsed = shape.safeParse(value);
  if (!parsed.success) return undefined;
  const [placedAt, orderId] = parsed.data;
  const place = { placedAt, orderId };
  return writeCursor(place) === cursor ? place : undefined;
}
