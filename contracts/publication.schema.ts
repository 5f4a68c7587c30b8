import { z } from 'zod';
import { time } from './values.schema.js';
import { paymentAttempt } from './view.schema.js';

const count = z.int().min(0);

/**
 * Where a view stands among the views of its order. Within one run the later view has the greater (length, at, seq), compared in this
 * order: a workflow task that is repeated after a crash starts at the same history length and writes later. A later run (a Reset makes one)
 * outranks every earlier run of the order. Of two runs, the book takes the one that it sees first as the earlier one, unless the times of
 * their views say otherwise.
 */
export const position = z.strictObject({
  runId: z.string().min(1),
  /** History length at the start of the workflow task that made the view. */
  length: count,
  /** Workflow time when the view was written, in ms since the epoch. */
  at: count,
  /** Number of the publication within the memory of the run. */
  seq: count,
});
export interface Position extends z.infer<typeof position> {}

/** A payment that came late and was given back. Never changes; `id` follows from the provider's message. */
export const latePayment = z.strictObject({
  id: z.string().min(1).max(64),
  ...paymentAttempt.shape,
  at: time,
  outcome: z.literal('returned'),
});
export interface LatePayment extends z.infer<typeof latePayment> {}
