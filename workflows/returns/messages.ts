import type { ReturnBody, ReviewBody } from '../../contracts/commands.schema.js';
import { messageType } from '../engine/message.js';
import type { ContentOf } from '../engine/message.js';
import { object, oneOf, optional, text } from '../engine/shape.js';
import { lines } from '../shapes.js';

/** The run of an order's returns: its names, commands, query and input. */

export const returnsWorkflowType = 'processReturns';
export const returnsWorkflowId = (orderId: string): string => `returns:${orderId}`;

interface OfReturn {
  returnId: string;
}

const requestReturn = messageType(
  'requestReturn',
  object<OfReturn & ReturnBody>({ returnId: text, lines, reason: text }),
);
export const reviewReturn = messageType(
  'reviewReturn',
  object<OfReturn & ReviewBody>({
    returnId: text,
    decision: oneOf('approve', 'reject'),
    note: optional(text),
  }),
);
/** Repeats the rejected call of a return. It has no HTTP route: operators send it with Temporal's own tools. */
const retryReturn = messageType('retryReturn', object<OfReturn>({ returnId: text }));

/** The commands of the returns run. Each is an Update with the same name. */
export const returnCommands = { requestReturn, reviewReturn, retryReturn };
export type ReturnCommand = keyof typeof returnCommands;
export type ReturnCommandBodies = { [Name in ReturnCommand]: ContentOf<(typeof returnCommands)[Name]> };

/** Query: all returns of the order. */
export const returnsQuery = 'returns';

export interface ReturnsInput {
  orderId: string;
  shopId: string;
  process: { name: string; version: number };
  returnReviewLimit: number;
  stepRetryBudgetMs: number;
}
