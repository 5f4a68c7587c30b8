import { z } from 'zod';
import { text } from './text.schema.js';
import { time } from './values.schema.js';

export const noteText = text(2000);

/** An operator's note about an order. */
export const note = z.strictObject({
  id: z.string(),
  at: time,
  /** The name of the key. */
  by: z.string(),
  text: z.string(),
});
export interface Note extends z.infer<typeof note> {}
